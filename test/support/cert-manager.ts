import { execFile, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { goEnvironment } from "../../infra/local-cluster/build/go-toolchain.ts";
import { ensureGoTools } from "./go-tools.ts";
import { progress } from "./progress.ts";

const run = promisify(execFile);
const module = "github.com/cert-manager/cert-manager";
const moduleDirectory = fileURLToPath(new URL("cert-manager-tools/cert-manager", import.meta.url));

/** cert-manager's controllers at work on a cluster, as a process of this machine. */
export interface CertManager {
  /** What they have logged, newest last. */
  readonly log: readonly string[];
  stop(): Promise<void>;
}

/**
 * Compiles the controllers of cert-manager that make certificates from their pinned module, unless this user's cache holds
 * them, and starts them with their CustomResourceDefinitions. Its webhook does not run: what it would refuse, it does not.
 */
export async function startCertManager(target: {
  readonly kubeconfig: string;
  readonly kubectl: string;
}): Promise<CertManager> {
  const tools = [{ name: "cert-manager", title: "cert-manager", packages: ["local/cert-manager"] }];
  const programs = await ensureGoTools("cert-manager-tools", tools, progress);
  const kubectl = (...args: string[]) => run(target.kubectl, ["--kubeconfig", target.kubeconfig, ...args]);
  const list = ["list", "-m", "-f", "{{.Dir}}", module];
  const { stdout } = await run("go", list, { cwd: moduleDirectory, env: goEnvironment });
  const definitions = ["certificates", "certificaterequests", "issuers", "clusterissuers"].flatMap((kind) => [
    "-f",
    join(stdout.trim(), `deploy/crds/cert-manager.io_${kind}.yaml`),
  ]);
  await kubectl("apply", "--server-side", ...definitions);
  await kubectl("wait", "--for", "condition=Established", "--timeout=60s", ...definitions);
  await kubectl("create", "namespace", "cert-manager");
  const log: string[] = [];
  const env = { ...process.env, KUBECONFIG: target.kubeconfig };
  const child = spawn(join(programs, "cert-manager"), { env, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  for (const input of [child.stdout, child.stderr]) createInterface({ input }).on("line", (line) => log.push(line));
  return {
    log,
    stop: async () => {
      child.kill();
      await ended;
    },
  };
}
