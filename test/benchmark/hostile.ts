/**
 * Failed calls of a module, and memory of iotedged, while another client attacks without a token and with one.
 *
 * A module works at a steady rate through its real proxy at a real iotedged, which runs as its image's bundle with the
 * flags of a container with the default memory limit. Somebody else connects from other addresses of the loopback: to
 * iotedged's ports and to the proxy's port 9601, a minute for each attack. `--seconds` says how long instead, `--only`
 * names one attack.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { canRunProxy } from "../../runtime/proxy/test/proxy.ts";
import { ensureProxyPackages } from "../support/debian-packages.ts";
import { progress } from "../support/progress.ts";
import { highWaterMark, resetHighWaterMark } from "./hostile/high-water-mark.ts";
import { type AttackPlan, attackPlans } from "./hostile/plans.ts";
import { untilServed } from "./hostile/recovery.ts";
import { startAttacker } from "./hostile/start-attacker.ts";
import { startVictims } from "./hostile/victims.ts";
import { containerNode } from "./shared/container-node.ts";
import { countByKind } from "./shared/count-by-kind.ts";
import { quantile } from "./shared/quantile.ts";
import { type Site, startSite } from "./shared/site.ts";

const limits = { failed: 0, memoryShare: 0.7, recoverySeconds: 2 } as const;
const mega = 1_000_000;

const { values } = parseArgs({
  options: { seconds: { type: "string", default: "60" }, only: { type: "string" }, json: { type: "boolean" } },
});
const seconds = Number(values.seconds);

await ensureProxyPackages();
if (!(await canRunProxy())) throw new Error("the proxy cannot run on this machine");
await using stack = new AsyncDisposableStack();
const hostileModules = ["hostile-1", "hostile-2", "hostile-3", "hostile-4"];
const crowd = Array.from({ length: 995 }, (_, index) => `m${index}`);
const result = await measure(await startSite(stack, [...hostileModules, ...crowd]));
process.stdout.write(values.json ? `${JSON.stringify(result, null, 2)}\n` : describe(result));
if (!result.passed) process.exitCode = 1;

async function measure(site: Site) {
  const memoryLimit = containerNode("iotedged").memoryLimit;
  const attacks: Awaited<ReturnType<typeof measureAttack>>[] = [];
  for (const plan of attackPlans(site, hostileModules)) {
    if (values.only !== undefined && plan.name !== values.only) continue;
    attacks.push(await measureAttack(site, plan));
    // What the attack has left goes, so that the next one is measured alone.
    await sleep(2000);
  }
  const passed = attacks.every(
    ({ failed, iotedgedMegabytes, recoverySeconds }) =>
      Object.keys(failed).length <= limits.failed &&
      iotedgedMegabytes * mega <= limits.memoryShare * memoryLimit &&
      recoverySeconds <= limits.recoverySeconds,
  );
  return { memoryLimitMegabytes: memoryLimit / mega, attacks, limits, passed };
}

async function measureAttack(site: Site, { name, assaults }: AttackPlan) {
  const iotedged = site.iotedged.pid;
  const proxy = site.proxy.process.pid ?? 0;
  const logged = site.proxy.log().length;
  for (const pid of [iotedged, proxy]) resetHighWaterMark(pid);
  const victims = startVictims(site);
  const attacker = await startAttacker(assaults);
  await sleep(seconds * 1000);
  await attacker.stop();
  const end = performance.now();
  await untilServed(
    site,
    assaults.flatMap(({ from }) => from),
  );
  const recoverySeconds = (performance.now() - end) / 1000;
  await victims.stop();
  const measured = {
    name,
    calls: victims.times.length + victims.failures.length,
    failed: countByKind(victims.failures),
    p99Milliseconds: quantile(victims.times, 0.99),
    iotedgedMegabytes: highWaterMark(iotedged) / mega,
    proxyMegabytes: highWaterMark(proxy) / mega,
    proxyLogBytes: site.proxy.log().length - logged,
    recoverySeconds,
    mostConnections: victims.mostConnections,
  };
  progress(`${name}: ${JSON.stringify(measured)}`);
  return measured;
}

function describe({ attacks, memoryLimitMegabytes }: Awaited<ReturnType<typeof measure>>): string {
  const most = limits.memoryShare * memoryLimitMegabytes;
  const lines = attacks.map((attack) => {
    const { name, calls, failed, p99Milliseconds, iotedgedMegabytes, proxyMegabytes, recoverySeconds } = attack;
    const failures = Object.entries(failed).map(([kind, count]) => `${count} x ${kind}`);
    return (
      `${name}: ${failures.length === 0 ? "0" : failures.join(", ")} of ${calls} calls failed (limit ${limits.failed}), ` +
      `p99 ${p99Milliseconds.toFixed(0)} ms; iotedged ${iotedgedMegabytes.toFixed(0)} MB (limit ${most.toFixed(0)} MB), ` +
      `proxy ${proxyMegabytes.toFixed(0)} MB; recovered after ${recoverySeconds.toFixed(1)} s ` +
      `(limit ${limits.recoverySeconds} s)`
    );
  });
  return `${lines.join("\n")}\n`;
}
