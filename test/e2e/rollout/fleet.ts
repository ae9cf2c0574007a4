import { readFile } from "node:fs/promises";
import { KubeConfig } from "@kubernetes/client-node";
import { inject } from "vitest";
import type { ControlPlane } from "../../../infra/local-cluster/types.ts";
import { edgectl } from "../../support/edgectl.ts";
import { makeRolloutProject, type RolloutTarget } from "../../support/rollout-project.ts";
import type { Outcome } from "../../support/run-program.ts";

export const namespace = "edge-rollout";

const strategy = {
  progressDeadline: "3m",
  bake: "2s",
  health: { interval: "1s", failuresInARow: 2 },
  waves: [
    { name: "canary", canary: true, matchLabels: { ring: "canary" } },
    { name: "rest", matchLabels: { ring: "rest" } },
  ],
};

/** What the fleet's installations have, as far as the tests change it. */
export interface Release {
  /** `createOptions` of the plant's modules, by id. Without `sensor`, no module can be asked to sign. */
  readonly modules: Readonly<Record<string, object>>;
  /** What the yard, which runs no module, would have to get. */
  readonly nodeObserver?: boolean;
}

/** A fleet of which the canary has real pods, and the other cluster an API server alone. */
export interface Fleet {
  readonly plant: RolloutTarget;
  readonly yard: RolloutTarget;
  /** Runs `edgectl rollout COMMAND...`. */
  rollout(...command: readonly string[]): Promise<Outcome>;
  readFile(path: string): Promise<string>;
  commit(message: string, release: Release): Promise<void>;
  /** How long a cluster may take until it is healthy. */
  setDeadline(progressDeadline: string): Promise<void>;
  remove(): Promise<void>;
}

export async function createFleet({ kubeconfig }: ControlPlane): Promise<Fleet> {
  const real = new KubeConfig();
  real.loadFromFile(inject("kubeconfig"));
  const plant = { name: "plant", context: real.getCurrentContext(), kubeconfig: inject("kubeconfig") };
  const yard = { name: "yard", context: "edge-control-plane", kubeconfig };
  const project = await makeRolloutProject([plant, yard], strategy);
  const images = JSON.parse(await readFile(".edge/images.json", "utf8"));
  const configOf = (stack: string, { modules, nodeObserver = false }: Release) => {
    const common = { namespace, createNamespace: true, iotedged: { replicas: 1 } };
    // Nothing runs EdgeAgent where there is no node.
    const withoutNodes = { edgeAgent: { enabled: false }, nodeObserver };
    const own = stack === plant.name ? { deployment: manifestOf(modules) } : withoutNodes;
    return { "iotedge:images": images, "iotedge:installations": [{ ...common, ...own }] };
  };
  return {
    plant,
    yard,
    rollout: (...command) => edgectl(["rollout", ...command], { cwd: project.directory }),
    readFile: (path) => readFile(`${project.directory}/${path}`, "utf8"),
    commit: (message, release) => project.commit(message, (stack) => configOf(stack, release)),
    setDeadline: (progressDeadline) => project.writeFleet({ ...strategy, progressDeadline }),
    remove: async () => {
      const { context } = plant;
      const where = ["--context", context, "--kubeconfig", plant.kubeconfig];
      const args = ["--project", project.directory, "--stack", plant.name, "--engine", "render"];
      await edgectl(["down", ...args, ...where]);
      await project.remove();
    },
  };
}

function manifestOf(modules: Release["modules"]) {
  const entries = Object.entries(modules).map(([id, createOptions]) => [
    id,
    {
      version: "1.0",
      type: "docker",
      status: "running",
      restartPolicy: "always",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the program fills it in
      settings: { image: "${MODULES.sample}", createOptions },
    },
  ]);
  const runtime = { type: "docker", settings: {} };
  const desired = { schemaVersion: "1.1", runtime, systemModules: {}, modules: Object.fromEntries(entries) };
  return { modulesContent: { $edgeAgent: { "properties.desired": desired } } };
}
