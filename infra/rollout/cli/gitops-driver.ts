import { folderFiles, makeArtifact, openRegistryTags, renderKeyless } from "../../gitops/index.ts";
import { type KubernetesObject, loadProject } from "../../render/index.ts";
import type { CommandContext } from "../../terminal/index.ts";
import { createArtifacts, type DesiredObject, nothingKept } from "../drivers/artifacts.ts";
import { createGitopsDriver } from "../drivers/gitops/driver.ts";
import { type KeptTags, keptTags } from "../drivers/gitops/kept.ts";
import type { SealedStore } from "../drivers/sealed-store.ts";
import type { ClusterDriver, FleetCluster } from "../model/index.ts";
import { openEventStore } from "../receive/event-store.ts";
import type { Purpose } from "./purpose.ts";
import type { Rollouts } from "./rollouts.ts";

/**
 * The driver of clusters that Flux deploys.
 *
 * @param store undefined where nothing is kept, for a plan
 */
export function gitopsDriver(
  context: CommandContext,
  rollouts: Rollouts,
  { run, git, desired }: Purpose,
  store: SealedStore | undefined,
): ClusterDriver {
  const { projectDirectory, progress } = context;
  const render = async ({ stack }: FleetCluster): Promise<readonly DesiredObject[]> => {
    const objects = await renderKeyless({
      projectDirectory,
      stack,
      log: (severity, message) => void (severity === "warning" && progress.note(`warning: stack ${stack}: ${message}`)),
    });
    return objects.map((object) => ({ object, secrets: [] }));
  };
  const origin = {
    // What is not committed has no revision, and an artifact must not name another.
    ...(git.dirty ? {} : { revision: `sha1:${git.revision}` }),
    ...(run === undefined ? {} : { rollout: run }),
  };
  return createGitopsDriver({
    desired: async (cluster) => (await desired?.(cluster)) ?? render(cluster),
    artifact: async (stack, objects, signer) => {
      const { name } = await loadProject(projectDirectory, stack);
      const owner = `stack ${name}/${stack}`;
      const manifests = objects.map(({ object }) => object as KubernetesObject);
      const signed = signer === undefined ? {} : { signer };
      return makeArtifact(await folderFiles(manifests, { owner }), { ...origin, ...signed });
    },
    kept: store === undefined ? noTags : keptTags(store, createArtifacts(store)),
    tags: openRegistryTags(),
    events: openEventStore(rollouts.events),
    now: Date.now,
  });
}

const noTags: KeptTags = {
  ...nothingKept,
  saveTurn: async () => {},
  readTurn: async () => undefined,
};
