import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { defaultImagesFile } from "#contract";
import { deployErrors, hasPulumi } from "../../deploy/index.ts";
import { stackStorage } from "../../state/index.ts";
import type { CommandContext } from "../../terminal/index.ts";
import { type Artifacts, createArtifacts, digestOf, nothingKept } from "../drivers/artifacts.ts";
import { chooseDriver } from "../drivers/choose-driver.ts";
import type { CapturedUpdate } from "../drivers/pulumi/last-update.ts";
import { renderDesired } from "../drivers/render-desired.ts";
import { createSealedStore, readOrMakeKey } from "../drivers/sealed-store.ts";
import { createApplyDriver } from "../drivers/server-side-apply/driver.ts";
import { rolloutErrors } from "../errors.ts";
import type { RolloutEngine as Engine } from "../model/engines.ts";
import type { ClusterDriver, FleetCluster } from "../model/index.ts";
import type { Purpose } from "./purpose.ts";
import type { Rollouts } from "./rollouts.ts";

export interface Drivers extends AsyncDisposable {
  readonly driver: ClusterDriver;
}

/** The drivers of all engines. Those of Pulumi are loaded when a cluster needs them. */
export async function openDrivers(context: CommandContext, rollouts: Rollouts, purpose: Purpose): Promise<Drivers> {
  const { projectDirectory, env } = context;
  const fallback: Engine = (await hasPulumi(env)) ? "pulumi" : "render";
  const artifacts = purpose.run === undefined ? nothingKept : await openArtifacts(rollouts, purpose.run);
  const disposables: AsyncDisposable[] = [];
  const render = async (stack: string, preview: boolean) =>
    renderDesired({
      projectDirectory,
      stack,
      storage: await stackStorage(projectDirectory, stack, env),
      preview,
      keepKeys: purpose.run !== undefined,
      warn: (message) => context.progress.note(`warning: stack ${stack}: ${message}`),
    });
  const desired = async (cluster: FleetCluster) => (await purpose.desired?.(cluster)) ?? render(cluster.stack, false);
  const open = async (engine: Engine): Promise<ClusterDriver> => {
    if (engine === "render") return createApplyDriver({ desired, artifacts, now: Date.now });
    if (engine === "gitops") return openGitopsDriver(context, rollouts, purpose);
    const opened = await openPulumiDriver(context, rollouts, purpose, (stack) => render(stack, true));
    disposables.push(opened.sources);
    return opened.driver;
  };
  return {
    driver: chooseDriver(({ engine }) => engine ?? fallback, open),
    [Symbol.asyncDispose]: async () => {
      for (const disposable of disposables) await disposable[Symbol.asyncDispose]();
    },
  };
}

async function openStore(rollouts: Rollouts, run: string) {
  return createSealedStore(rollouts.directoryOf(run), await readOrMakeKey(rollouts.keyFile));
}

/** What a run keeps of its clusters. */
export async function openArtifacts(rollouts: Rollouts, run: string): Promise<Artifacts> {
  return createArtifacts(await openStore(rollouts, run));
}

async function openGitopsDriver(context: CommandContext, rollouts: Rollouts, purpose: Purpose): Promise<ClusterDriver> {
  const store = purpose.run === undefined ? undefined : await openStore(rollouts, purpose.run);
  const { gitopsDriver } = await import("./gitops-driver.ts");
  return gitopsDriver(context, rollouts, purpose, store);
}

async function openPulumiDriver(
  { projectDirectory, env }: CommandContext,
  rollouts: Rollouts,
  { run, git }: Purpose,
  desired: Parameters<typeof import("../drivers/pulumi/driver.ts").createPulumiDriver>[0]["desired"],
) {
  if (git.dirty) throw rolloutErrors.EDGE_ROLLOUT_DIRTY();
  if (!(await hasPulumi(env))) throw deployErrors.EDGE_CLI_NO_PULUMI();
  const [{ createPulumiDriver }, { openStack }, { createSources }] = await Promise.all([
    import("../drivers/pulumi/driver.ts"),
    import("../drivers/pulumi/open-stack.ts"),
    import("../drivers/pulumi/sources.ts"),
  ]);
  const sources = createSources(projectDirectory);
  const imagesOf = async (id: string | undefined) => {
    const file = id === undefined ? `${projectDirectory}/${defaultImagesFile}` : rollouts.imagesOf(id);
    return (await readFile(file).catch(() => undefined)) === undefined ? undefined : file;
  };
  const driver = createPulumiDriver({
    run,
    revision: git.revision,
    now: Date.now,
    desired,
    open: async (stack, target, source) => {
      const directory = await sources.at(source.revision, await imagesOf(source.run));
      return openStack({ stack, target, directory, projectDirectory, env });
    },
    inputsDigest: async () => {
      const images = await imagesOf(run);
      return createHash("sha256")
        .update(images === undefined ? "" : await readFile(images))
        .digest("hex");
    },
    // Not named by the update's number, which is 0 for all updates in a backend of files.
    saveCapture: async (cluster, captured) =>
      (await openStore(rollouts, run ?? "")).write(`previous/${cluster}-${digestOf(captured).slice(0, 12)}`, captured),
    readCapture: async ({ file, digest }) =>
      (await (await openStore(rollouts, run ?? "")).read(file, digest)) as CapturedUpdate,
  });
  return { driver, sources };
}
