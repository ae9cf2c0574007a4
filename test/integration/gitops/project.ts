import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import { edgectl } from "../../support/edgectl.ts";

const program = fileURLToPath(new URL("../../../infra/index.ts", import.meta.url));
const images = {
  iotedged: "registry.example.com/iotedged:1",
  edgeAgent: "registry.example.com/edge-agent:1",
  proxy: "registry.example.com/proxy:1",
};

/** Name of the stack. */
export const stack = "factory-3";

/** A project whose stack makes no keys, in a folder and a home of its own, as on a machine of its own. */
export interface GitopsProject extends AsyncDisposable {
  readonly directory: string;
  /** Replaces the stack's only installation. */
  configure(installation: object): Promise<void>;
  render(...args: string[]): ReturnType<typeof edgectl>;
  /** The same with more in its environment. */
  renderWith(env: Readonly<Record<string, string>>, ...args: string[]): ReturnType<typeof edgectl>;
}

export async function makeGitopsProject(): Promise<GitopsProject> {
  const root = await mkdtemp(join(tmpdir(), "edge-gitops-"));
  const directory = join(root, "work");
  const home = join(root, "home");
  await mkdir(join(directory, "stacks"), { recursive: true });
  await mkdir(home);
  const project = { name: "plant", main: program, stackConfigDir: "stacks", runtime: "nodejs" };
  await writeFile(join(directory, "Pulumi.yaml"), stringify(project));
  const render = (env: Readonly<Record<string, string>>, args: readonly string[]) =>
    edgectl(["render", "--stack", stack, ...args], { cwd: directory, env: { HOME: home, ...env } });
  return {
    directory,
    configure: async (installation) => {
      const config = { "iotedge:images": images, "iotedge:installations": [installation] };
      await writeFile(join(directory, `stacks/Pulumi.${stack}.yaml`), stringify({ config }));
    },
    render: (...args) => render({}, args),
    renderWith: (env, ...args) => render(env, args),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}

/** The options by which an installation needs no key. */
export function ownKeys(caPem: string) {
  return {
    identity: { existingSecret: "our-identity" },
    trust: { roots: [], trustedCas: [caPem], workloadCa: { existingSecret: "our-ca" } },
  };
}
