import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { KubeConfig } from "@kubernetes/client-node";
import { inject } from "vitest";
import { stringify } from "yaml";
import { edgectl } from "../support/edgectl.ts";
import type { Outcome } from "../support/run-program.ts";

/** A project of its own with one stack, so that no file of the repository is edited. */
export interface Stack {
  readonly directory: string;
  /** Arguments of edgectl that name project, stack and cluster. */
  readonly args: readonly string[];
  /** Runs `edgectl COMMAND...` for the stack. */
  run(command: readonly string[]): Promise<Outcome>;
  remove(): Promise<void>;
}

const program = fileURLToPath(new URL("../../infra/index.ts", import.meta.url));

/** What lets iotedged and proxies of an installation fit on the one node beside all others. */
export const smallResources = {
  iotedged: { resources: { requests: { cpu: "10m", memory: "64Mi" } } },
  proxy: { resources: { requests: { cpu: "1m", memory: "8Mi" } } },
} as const;

/** @param installations as a stack's config has them; `more` is what else its config has */
export async function createStack(name: string, installations: readonly object[], more: object = {}): Promise<Stack> {
  const directory = await mkdtemp(join(tmpdir(), `edge-${name}-`));
  await mkdir(join(directory, "stacks"));
  const only = { "pulumi:disable-default-providers": { value: ["kubernetes"] } };
  const project = { name: "plant", main: program, stackConfigDir: "stacks", runtime: "nodejs", config: only };
  await writeFile(join(directory, "Pulumi.yaml"), stringify(project));
  const config = { "iotedge:imagesFile": ".edge/images.json", "iotedge:installations": installations, ...more };
  await writeFile(join(directory, "stacks", `Pulumi.${name}.yaml`), stringify({ config }));
  const kubeconfig = inject("kubeconfig");
  const parsed = new KubeConfig();
  parsed.loadFromFile(kubeconfig);
  const cluster = ["--context", parsed.getCurrentContext(), "--kubeconfig", kubeconfig];
  const args = ["--project", directory, "--stack", name, ...cluster];
  return {
    directory,
    args,
    run: (command) => edgectl([...command, ...args]),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}
