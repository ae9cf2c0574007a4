import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { KubeConfig } from "@kubernetes/client-node";
import { inject } from "vitest";
import { stringify } from "yaml";
import { edgectl } from "../../support/edgectl.ts";
import type { Outcome } from "../../support/run-program.ts";

/** A project of its own with one stack, so that rotations edit no file of the repository. */
export interface TrustStack {
  readonly directory: string;
  /** Arguments of edgectl that name project, stack and cluster. */
  readonly args: readonly string[];
  /** Runs `edgectl COMMAND...` for the stack. */
  run(command: readonly string[]): Promise<Outcome>;
  remove(): Promise<void>;
}

const program = fileURLToPath(new URL("../../../infra/index.ts", import.meta.url));
const name = "trust";

/** @param modules how many sample modules run in `namespace` */
export async function createTrustStack(namespace: string, modules: number): Promise<TrustStack> {
  const directory = await mkdtemp(join(tmpdir(), "edge-trust-"));
  await mkdir(join(directory, "stacks"));
  const only = { "pulumi:disable-default-providers": { value: ["kubernetes"] } };
  const project = { name: "iotedge", main: program, stackConfigDir: "stacks", runtime: "nodejs", config: only };
  await writeFile(join(directory, "Pulumi.yaml"), stringify(project));
  const installation = {
    namespace,
    createNamespace: true,
    deployment: manifestOf(modules),
    iotedged: { replicas: 2, resources: { requests: { cpu: "10m", memory: "64Mi" } } },
    proxy: { resources: { requests: { cpu: "1m", memory: "8Mi" } } },
  };
  const config = { "iotedge:imagesFile": ".edge/images.json", "iotedge:installations": [installation] };
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

function manifestOf(count: number) {
  const module = {
    version: "1.0",
    type: "docker",
    status: "running",
    restartPolicy: "always",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the program fills it in
    settings: { image: "${MODULES.sample}", createOptions: { Cmd: ["consumer"] } },
  };
  const modules = Object.fromEntries(Array.from({ length: count }, (_, index) => [`m${index}`, module]));
  const desired = {
    schemaVersion: "1.1",
    runtime: { type: "docker", settings: {} },
    systemModules: {},
    modules,
  };
  return { modulesContent: { $edgeAgent: { "properties.desired": desired } } };
}
