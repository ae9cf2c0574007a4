import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { stringify } from "yaml";

const run = promisify(execFile);
const program = fileURLToPath(new URL("../../infra/index.ts", import.meta.url));

export interface RolloutTarget {
  readonly name: string;
  readonly kubeconfig: string;
  readonly context: string;
}

/** Two waves, by the rings that the project gives its clusters, in the pace of a test. */
export const strategyOf = (pace: { readonly progressDeadline: string; readonly failuresInARow: number }) => ({
  maxConcurrency: 2,
  progressDeadline: pace.progressDeadline,
  bake: "1s",
  health: { interval: "1s", failuresInARow: pace.failuresInARow },
  requeue: { first: "1s", max: "2s" },
  waves: [
    { name: "canary", canary: true, matchLabels: { ring: "canary" } },
    { name: "rest", matchLabels: { ring: "rest" } },
  ],
});

interface ProjectOptions {
  /** The cluster as the fleet file has it; default: its target, deployed by `render`. */
  readonly clusterOf?: (target: RolloutTarget) => object;
  /** More of the fleet file. */
  readonly fleet?: object;
}

/** A project in a git repository of its own, with a stack for each cluster and a fleet file. */
export async function makeRolloutProject(
  targets: readonly RolloutTarget[],
  strategy: object,
  { clusterOf = (target) => ({ ...target, engine: "render" }), fleet = {} }: ProjectOptions = {},
) {
  const directory = await mkdtemp(join(tmpdir(), "edge-rollout-"));
  const git = (...args: readonly string[]) =>
    run("git", ["-C", directory, "-c", "user.name=t", "-c", "user.email=t@example.org", ...args]);
  const write = (file: string, content: object) => writeFile(join(directory, file), stringify(content));
  const writeFleet = (rules: object) =>
    write("stacks/fleet.yaml", {
      name: "test",
      clusters: targets.map((target, index) => ({
        ...clusterOf(target),
        labels: { ring: index === 0 ? "canary" : "rest" },
      })),
      strategy: rules,
      ...fleet,
    });
  await mkdir(join(directory, "stacks"));
  await write("Pulumi.yaml", { name: "plant", runtime: "nodejs", main: program, stackConfigDir: "stacks" });
  await writeFile(join(directory, ".gitignore"), ".edge/\n");
  await writeFleet(strategy);
  await git("init", "--quiet");
  const commit = async (message: string, configOf: (stack: string) => object) => {
    for (const { name } of targets) await write(`stacks/Pulumi.${name}.yaml`, { config: configOf(name) });
    await git("add", ".");
    await git("commit", "--quiet", "--allow-empty", "-m", message);
  };
  return {
    directory,
    writeFleet,
    /** Gives each stack its configuration, and commits. */
    commit,
    /**
     * Sets the tag of iotedged's image in all stacks, and commits.
     *
     * @param more of the installation, by its stack
     * @param config more of each stack's configuration
     */
    release: (tag: string, more: object | ((stack: string) => object) = {}, config: object = {}) => {
      const images = {
        iotedged: `example.org/iotedged:${tag}`,
        edgeAgent: "example.org/agent:1",
        proxy: "example.org/proxy:1",
      };
      const installation = { namespace: "edge-a", createNamespace: true, edgeAgent: { enabled: false } };
      return commit(`Release ${tag}`, (stack) => {
        const own = typeof more === "function" ? more(stack) : more;
        return { ...config, "iotedge:images": images, "iotedge:installations": [{ ...installation, ...own }] };
      });
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}
