import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { goEnvironment } from "../../infra/local-cluster/build/go-toolchain.ts";
import { anyFreePort } from "../../infra/local-cluster/host/ports.ts";
import { ensureGoTools } from "./go-tools.ts";
import { progress } from "./progress.ts";

const run = promisify(execFile);
const controllers = ["source-controller", "kustomize-controller", "notification-controller"] as const;
type Controller = (typeof controllers)[number];
const moduleDirectory = fileURLToPath(new URL("flux-tools/flux", import.meta.url));

/** Flux's controllers at work on a cluster, as processes of this machine. */
export interface Flux {
  /** What they have logged, newest last. */
  readonly log: readonly string[];
  stop(): Promise<void>;
}

/** Where Flux's own objects are. */
export const fluxNamespace = "flux-system";

/**
 * Compiles Flux's controllers from their pinned modules, unless this user's cache holds them, which takes about 10 minutes of
 * both cores once, and starts them with their CustomResourceDefinitions.
 */
export async function startFlux(target: { readonly kubeconfig: string; readonly kubectl: string }): Promise<Flux> {
  const packages = controllers.map((name) => `github.com/fluxcd/${name}`);
  const programs = await ensureGoTools("flux-tools", [{ name: "flux", title: "Flux", packages }], progress);
  const kubectl = (...args: string[]) => run(target.kubectl, ["--kubeconfig", target.kubeconfig, ...args]);
  for (const name of controllers) {
    const list = ["list", "-m", "-f", "{{.Dir}}", `github.com/fluxcd/${name}`];
    const { stdout } = await run("go", list, { cwd: moduleDirectory, env: goEnvironment });
    const definitions = join(stdout.trim(), "config/crd/bases");
    await kubectl("apply", "--server-side", "-f", definitions);
    await kubectl("wait", "--for", "condition=Established", "--timeout=60s", "-f", definitions);
  }
  await kubectl("create", "namespace", fluxNamespace);
  const storage = await mkdtemp(join(tmpdir(), "edge-flux-"));
  const address = `127.0.0.1:${await anyFreePort()}`;
  const [events, receiver] = [`127.0.0.1:${await anyFreePort()}`, `127.0.0.1:${await anyFreePort()}`];
  const probes = ["--enable-leader-election=false", "--metrics-addr=0", "--health-addr=127.0.0.1:0"];
  const reporting = [...probes, `--events-addr=http://${events}/`];
  const own: Record<Controller, readonly string[]> = {
    "source-controller": [
      ...reporting,
      `--storage-path=${storage}`,
      `--storage-addr=${address}`,
      `--storage-adv-addr=${address}`,
    ],
    "kustomize-controller": [...reporting, "--requeue-dependency=1s"],
    "notification-controller": [...probes, `--events-addr=${events}`, `--receiverAddr=${receiver}`],
  };
  const log: string[] = [];
  const env = { ...process.env, KUBECONFIG: target.kubeconfig, RUNTIME_NAMESPACE: fluxNamespace };
  const processes = controllers.map((name) => {
    const child = spawn(join(programs, name), own[name], { env, stdio: ["ignore", "pipe", "pipe"] });
    const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
    for (const input of [child.stdout, child.stderr]) {
      createInterface({ input }).on("line", (line) => log.push(`${name}: ${line}`));
    }
    return { child, ended };
  });
  return {
    log,
    stop: async () => {
      for (const { child } of processes) child.kill();
      await Promise.all(processes.map(({ ended }) => ended));
      await rm(storage, { recursive: true, force: true });
    },
  };
}
