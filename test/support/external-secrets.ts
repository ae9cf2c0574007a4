import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { goEnvironment } from "../../infra/local-cluster/build/go-toolchain.ts";

const run = promisify(execFile);
const moduleDirectory = fileURLToPath(new URL("external-secrets-tools/definitions", import.meta.url));
const module = "github.com/external-secrets/external-secrets@v0.16.2";

/**
 * Defines the External Secrets Operator's kinds in a cluster, from its pinned module. Its controller is not compiled: it takes
 * the libraries of every vault.
 */
export async function defineExternalSecrets(target: { readonly kubeconfig: string; readonly kubectl: string }) {
  const { stdout } = await run("go", ["mod", "download", "-json", module], {
    cwd: moduleDirectory,
    env: goEnvironment,
  });
  const file = join(JSON.parse(stdout).Dir, "config/crds/bases/external-secrets.io_externalsecrets.yaml");
  const kubectl = (...args: string[]) => run(target.kubectl, ["--kubeconfig", target.kubeconfig, ...args]);
  await kubectl("apply", "--server-side", "-f", file);
  await kubectl("wait", "--for", "condition=Established", "--timeout=60s", "-f", file);
}
