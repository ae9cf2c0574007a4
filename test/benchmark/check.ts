/**
 * Seconds from the start of `edgectl check` to its verdict, of one installation and of all of a cluster that has 100.
 *
 * The API server is a real one of its own, without nodes; pods are said to run. Each measurement is a process of its own,
 * and counts only if the verdict is that all is well.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { mapConcurrently } from "#base";
import type { CheckReport } from "../../infra/check/report/report.ts";
import { startControlPlane } from "../../infra/local-cluster/control-plane/start-control-plane.ts";
import { administratorOf, startInstallation, type TestInstallation } from "../integration/check/installation.ts";
import { edgectl } from "../support/edgectl.ts";
import { progress } from "../support/progress.ts";

const limits = { 1: 5, 100: 30 } as const;
const widest = 4;

const directory = await mkdtemp(join(tmpdir(), "edge-benchmark-"));
const controlPlane = await startControlPlane({ directory: join(directory, "cluster"), progress });
const { kubeconfig } = controlPlane;
const target = administratorOf(kubeconfig);
const installations: TestInstallation[] = [];
try {
  const results = [];
  for (const [count, limitSeconds] of Object.entries(limits).map(([key, limit]) => [Number(key), limit] as const)) {
    await install(count);
    // So that what is measured is checked by one process alone, and the Leases are those of leaders that live.
    for (const { lead } of installations) await lead();
    const loadAtStart = loadavg()[0] ?? Number.NaN;
    results.push({ installations: count, limitSeconds, loadAtStart, ...(await measure(count)) });
  }
  const passed = results.every(({ seconds, limitSeconds, ok }) => ok && seconds <= limitSeconds);
  process.stdout.write(
    process.argv.includes("--json")
      ? `${JSON.stringify({ results, passed }, null, 2)}\n`
      : results
          .map(
            ({ installations, checks, seconds, limitSeconds, bad }) =>
              `check of ${installations}: ${seconds.toFixed(1)} s for ${checks} checks (limit ${limitSeconds} s)${bad === "" ? "" : `, but: ${bad}`}\n`,
          )
          .join(""),
  );
  if (!passed) process.exitCode = 1;
} finally {
  for (const { pods, project } of installations) {
    await pods.stop();
    await project.remove();
  }
  await controlPlane.stop();
  await rm(directory, { recursive: true, force: true });
}
// What stands for kubelets keeps connections open.
process.exit();

/** Deploys installations until there are so many. */
async function install(count: number): Promise<void> {
  const names = Array.from({ length: count }, (_, index) => `edge-${String(index).padStart(3, "0")}`);
  await mapConcurrently(
    names.slice(installations.length),
    async (namespace) => {
      const installation = await startInstallation(target, namespace);
      await installation.healthy();
      installations.push(installation);
      await installation.pods.stop();
      process.stderr.write(`${namespace} is deployed\n`);
    },
    widest,
  );
}

async function measure(count: number) {
  const args = ["check", "--json", "--context", target.context, "--kubeconfig", kubeconfig];
  const begin = performance.now();
  const { code, stdout, stderr } = await edgectl(args);
  const seconds = (performance.now() - begin) / 1000;
  if (stdout === "") throw new Error(stderr);
  const { checks }: CheckReport = JSON.parse(stdout);
  const bad = checks
    .filter(({ severity }) => severity !== "ok")
    .map(({ id, scope, message }) => `${scope} ${id} ${message}`);
  const seen = new Set(checks.map(({ scope }) => scope)).size - 1;
  if (seen !== count) bad.push(`${seen} installations were seen`);
  return { seconds, checks: checks.length, ok: code === 0 && bad.length === 0, bad: bad.slice(0, 3).join("; ") };
}
