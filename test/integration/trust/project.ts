import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import { applyStack } from "../../../infra/deploy/apply-stack.ts";
import { guardTrust } from "../../../infra/deploy/trust-guard.ts";
import type { Cluster } from "../../../infra/kubernetes/kubernetes-types.ts";
import { renderStack } from "../../../infra/render/render-stack.ts";
import { openStack } from "../../../infra/trust/cli/stack.ts";
import { observeTrust } from "../../../infra/trust/observe.ts";
import type { RotationWorld } from "../../../infra/trust/rotation.ts";

const program = fileURLToPath(new URL("../../../infra/index.ts", import.meta.url));

/** A project with one stack of one installation, deployed by the render engine to a real API server. */
export interface TestProject {
  readonly directory: string;
  /** Its name is the namespace's, so that tests beside each other deploy different stacks. */
  readonly stack: string;
  readonly world: RotationWorld;
  /** Text of the stack's file. */
  text(): Promise<string>;
  deploy(): Promise<void>;
  remove(): Promise<void>;
}

/** @param onAction called before and after each action; what it throws cuts the run off there */
export async function createProject(
  cluster: Cluster,
  namespace: string,
  onAction: (action: string) => void,
): Promise<TestProject> {
  const directory = await mkdtemp(join(tmpdir(), "trust-project-"));
  const stack = namespace;
  await mkdir(join(directory, "stacks"));
  const settings = { "pulumi:disable-default-providers": { value: ["kubernetes"] } };
  const project = { name: "plant", main: program, stackConfigDir: "stacks", runtime: "nodejs", config: settings };
  await writeFile(join(directory, "Pulumi.yaml"), stringify(project));
  const file = join(directory, "stacks", `Pulumi.${stack}.yaml`);
  await writeFile(
    file,
    `config:
  iotedge:images: { iotedged: r.invalid/a:1, edgeAgent: r.invalid/b:1, proxy: r.invalid/c:1 }
  iotedge:installations:
    - namespace: ${namespace} # the only one
`,
  );

  async function deploy(): Promise<void> {
    onAction("render");
    const rendered = await renderStack({ projectDirectory: directory, stack });
    const objects = rendered.objects.map(({ object }) => object);
    await guardTrust(cluster, objects, Date.now());
    onAction("apply");
    await applyStack(cluster, { stack, objects, adopt: true });
    onAction("applied");
  }

  const world: RotationWorld = {
    declared: async () => (await openStack(directory, stack)).file.installations,
    observe: (one) => observeTrust(cluster, one),
    edit: async (changes) => {
      onAction("edit");
      const open = await openStack(directory, stack);
      await open.write(open.file.withChanges(changes));
      onAction("edited");
    },
    deploy,
    recordForced: async () => {
      throw new Error("nothing is forced here");
    },
    tell: () => {},
  };
  return {
    directory,
    stack,
    world,
    text: () => readFile(file, "utf8"),
    deploy,
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}
