/**
 * Seconds from the start of `edgectl check` to its verdict, of one installation and of all of a cluster that has 100.
 *
 * The API server is a real one of its own, without nodes; pods are said to run. Each measurement is a process of its own.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import type { CheckReport } from "../../infra/check/report/report.ts";
import { startControlPlane } from "../../infra/local-cluster/control-plane/start-control-plane.ts";
import { startInstallation, type Target } from "../integration/check/installation.ts";
import { edgectl } from "../support/edgectl.ts";
import { progress } from "../support/progress.ts";
import { deployMore } from "./check/many-installations.ts";

const installations = 100;
const limits = { oneSeconds: 5, allSeconds: 30 } as const;

const loadAtStart = loadavg()[0] ?? Number.NaN;
const directory = await mkdtemp(join(tmpdir(), "edge-benchmark-"));
let stopFirst = async () => {};
const controlPlane = await startControlPlane({ directory: join(directory, "cluster"), progress });
try {
  const config = new KubeConfig();
  config.loadFromFile(controlPlane.kubeconfig);
  const target = { context: config.getCurrentContext(), kubeconfig: controlPlane.kubeconfig };
  const port = Number(new URL(config.getCurrentCluster()?.server ?? "").port);
  const first = await startInstallation(target, "edge-000", port);
  stopFirst = () => first.pods.stop();
  await first.healthy();
  const one = await measure(target, ["-n", first.namespace]);
  const more = Array.from({ length: installations - 1 }, (_, index) => `edge-${String(index + 1).padStart(3, "0")}`);
  const project = await deployMore(target, first, more, port);
  const all = await measure(target, []);
  const passed =
    one.seconds <= limits.oneSeconds && all.seconds <= limits.allSeconds && all.scopes === installations + 1;
  const result = { loadAtStart, one, all, limits, passed };
  process.stdout.write(
    process.argv.includes("--json")
      ? `${JSON.stringify(result, null, 2)}\n`
      : `check of 1 installation: ${one.seconds.toFixed(1)} s for ${one.checks} checks (limit ${limits.oneSeconds} s)\n` +
          `check of ${installations} installations: ${all.seconds.toFixed(1)} s for ${all.checks} checks (limit ${limits.allSeconds} s)\n`,
  );
  if (!passed) process.exitCode = 1;
  await project.remove();
} finally {
  await stopFirst();
  await controlPlane.stop();
  await rm(directory, { recursive: true, force: true });
}
// What stands for kubelets keeps connections open.
process.exit();

/** @throws where something could not be seen: that would be no verdict */
async function measure({ context, kubeconfig }: Target, more: readonly string[]) {
  const begin = performance.now();
  const args = ["check", "--json", "--context", context, "--kubeconfig", kubeconfig, ...more];
  const { stdout, stderr } = await edgectl(args);
  const seconds = (performance.now() - begin) / 1000;
  if (stdout === "") throw new Error(stderr);
  const { checks, counts }: CheckReport = JSON.parse(stdout);
  if (counts.unknown > 0) throw new Error(JSON.stringify(checks.filter(({ severity }) => severity === "unknown")[0]));
  return { seconds, checks: checks.length, counts, scopes: new Set(checks.map(({ scope }) => scope)).size };
}
