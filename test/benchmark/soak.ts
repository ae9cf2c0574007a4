/**
 * Requests that fail and memory that stays while connections come, idle and go for half an hour.
 *
 * Each round opens 1 000 connections, then 400 clients sign with pauses of 4.5 to 5.5 s, then all of them are closed, and
 * as soon as the proxy lets go of its idle connections to iotedged, a burst is sent. Memory at rest after each round is
 * compared with that before the first. Proxy and iotedged are the real ones. `--minutes` says how long; a round takes 5.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { canRunProxy } from "../../runtime/proxy/test/proxy.ts";
import { signPath } from "../../runtime/proxy/test/sign.ts";
import { startSteadyLoad } from "../../runtime/proxy/test/steady-load.ts";
import { ensureProxyPackages } from "../support/debian-packages.ts";
import { progress } from "../support/progress.ts";
import { restOf } from "./proxy/rest.ts";
import { countByKind } from "./shared/count-by-kind.ts";
import { type Site, startSite } from "./shared/site.ts";
import { pausing, peak, type Traffic } from "./soak/clients.ts";

/** Until it has served some requests, a process is no measure of what it takes at rest. */
const warmUp = { perSecond: 400, connections: 32, seconds: 100 } as const;
/** What Node.js takes grows to a level of its own; for iotedged that level counts. */
const limits = { failed: 0, proxyGrowth: 0.1, iotedgedMegabytes: 150 } as const;
const roundMinutes = 5;
/** Fewer at a time than the 64 requests that the proxy handles at once. */
const peaks = { connections: 1000, atATime: 32 } as const;
const pauses = { connections: 400, pause: [4.5, 5.5], seconds: 215 } as const;
/** Seconds: the proxy keeps idle connections to iotedged for 55 s. */
const silence = [54, 56] as const;
const burst = { connections: 200, atATime: 32 } as const;
const mega = 1_000_000;

const { values } = parseArgs({ options: { minutes: { type: "string", default: "30" }, json: { type: "boolean" } } });
const rounds = Math.max(2, Math.round(Number(values.minutes) / roundMinutes));

await ensureProxyPackages();
if (!(await canRunProxy())) throw new Error("the proxy cannot run on this machine");
await using stack = new AsyncDisposableStack();
const result = await measure(await startSite(stack));
process.stdout.write(values.json ? `${JSON.stringify(result, null, 2)}\n` : describe(result));
if (!result.passed) process.exitCode = 1;

async function measure(site: Site) {
  const begin = performance.now();
  const target = { port: site.proxy.layout.workloadPort, path: signPath(site.generationId) };
  const traffic: Traffic = { ...target, sent: 0, failures: [] };
  const crowd: Traffic = { ...target, sent: 0, failures: [] };
  const warming = startSteadyLoad(target.port, { ...warmUp, generationId: site.generationId });
  await sleep(warmUp.seconds * 1000);
  await warming.stop();
  const proxy = [restOf(site.proxy).resident / mega];
  const iotedged = [(await site.iotedgedMemory()) / mega];
  progress(`warmed up by ${warming.sent} requests, ${warming.failures.length} failed`);
  for (let round = 0; round < rounds; round++) {
    await peak(crowd, peaks.connections, peaks.atATime);
    await pausing(traffic, pauses);
    const [shortest, longest] = silence;
    await sleep((shortest + ((longest - shortest) * round) / (rounds - 1)) * 1000);
    proxy.push(restOf(site.proxy).resident / mega);
    iotedged.push((await site.iotedgedMemory()) / mega);
    await peak(traffic, burst.connections, burst.atATime);
    progress(
      `round ${round + 1} of ${rounds}: ${traffic.sent} requests, ${traffic.failures.length} failed; ` +
        `proxy ${proxy.at(-1)?.toFixed(1)} MB, iotedged ${iotedged.at(-1)?.toFixed(0)} MB`,
    );
  }
  const proxyGrowth = growthOf(proxy);
  const failed = traffic.failures.length;
  return {
    ...{ seconds: Math.round((performance.now() - begin) / 1000), rounds, requests: traffic.sent, failed },
    failures: countByKind(traffic.failures),
    crowd: { connections: peaks.connections, requests: crowd.sent, failed: crowd.failures.length },
    ...{ proxyMegabytes: proxy, iotedgedMegabytes: iotedged, proxyGrowth, limits },
    passed:
      failed <= limits.failed && proxyGrowth <= limits.proxyGrowth && Math.max(...iotedged) <= limits.iotedgedMegabytes,
  };
}

/** From before the first round to the largest after one. */
function growthOf([first = 0, ...later]: readonly number[]): number {
  return Math.max(...later) / first - 1;
}

function describe(run: Awaited<ReturnType<typeof measure>>): string {
  const percent = (share: number) => `${share < 0 ? "" : "+"}${(share * 100).toFixed(1)} %`;
  const list = (megabytes: readonly number[]) => megabytes.map((each) => each.toFixed(1)).join(", ");
  const kinds = Object.entries(run.failures).map(([kind, count]) => `${count} by ${kind}`);
  const lines = [
    `${run.requests} requests in ${run.seconds} s, with pauses of ${pauses.pause.join(" to ")} s over ` +
      `${pauses.connections} connections: ${run.failed} failed (limit ${limits.failed})` +
      (kinds.length > 0 ? `: ${kinds.join(", ")}` : ""),
    `${run.rounds} times ${run.crowd.connections} connections: ${run.crowd.requests} requests, ${run.crowd.failed} failed`,
    `proxy before the first and after each round: ${list(run.proxyMegabytes)} MB; ${percent(run.proxyGrowth)} ` +
      `(limit ${percent(limits.proxyGrowth)})`,
    `iotedged before the first and after each round: ${list(run.iotedgedMegabytes)} MB ` +
      `(limit ${limits.iotedgedMegabytes} MB)`,
  ];
  return `${lines.join("\n")}\n`;
}
