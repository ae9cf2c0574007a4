/**
 * CPU of a warm sign at iotedged, its memory with 1000 modules, and what bad tokens cost it.
 *
 * The peer is a bare `node:https` server that does the same HMAC with the same certificate in the same run, and checks
 * nobody. iotedged runs as its image's bundle, as in a container with the default memory limit, against an API server
 * in this process.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { bundleEntries } from "../../runtime/images/node-programs.ts";
import { reviewBudget } from "../../runtime/iotedged/authentication/review-budget.ts";
import { startFakeApiServer, tokenFor } from "./iotedged/api-server.ts";
import { writeInstallation } from "./iotedged/installation.ts";
import { createLoad, type Load } from "./iotedged/load.ts";
import { type MeasuredProcess, startMeasured } from "./iotedged/measured-process.ts";
import { containerNode } from "./shared/container-node.ts";
import { median } from "./shared/quantile.ts";

const limits = { cpuRatio: 1.6, rssMegabytes: 150, badTokenMegabytes: 20, reviewsPerToken: 1 } as const;
const moduleCount = 1000;
/** Until so many requests were served, the compiler of Node.js takes as much time as the requests. */
const signs = { warmUp: 20_000, perRun: 6000, runs: 9, concurrency: 16 } as const;
const badTokens = { warmUp: 20_000, count: 100_000, concurrency: 64 } as const;
const cacheSeconds = 60;
const mega = 1_000_000;

const modules = Array.from({ length: moduleCount }, (_, index) => `m${index}`);
const directory = await mkdtemp(join(tmpdir(), "edge-benchmark-"));
const apiServer = await startFakeApiServer(modules);
const stops: (() => Promise<unknown>)[] = [];
try {
  const result = await measure();
  process.stdout.write(process.argv.includes("--json") ? `${JSON.stringify(result, null, 2)}\n` : describe(result));
  if (!result.passed) process.exitCode = 1;
} finally {
  for (const stop of stops.reverse()) await stop();
  apiServer.close();
  await rm(directory, { recursive: true, force: true });
}

async function measure() {
  const installation = await writeInstallation(apiServer.url);
  const { root, ca } = installation.files;
  stops.push(() => rm(root, { recursive: true }));
  const node = containerNode("iotedged");
  const iotedged = await startMeasured<{ port: number; observability: number }>(await bundle(), [root], {
    flags: node.flags,
    environment: { ...node.environment, KUBECONFIG: installation.kubeconfigPath },
  });
  stops.push(iotedged.stop);
  const peerScript = join(import.meta.dirname, "iotedged/peer.ts");
  const peer = await startMeasured<{ port: number }>(peerScript, [installation.certificatePath, installation.keyPath]);
  stops.push(peer.stop);
  await untilReady(iotedged.started.observability);
  const load = createLoad({ port: iotedged.started.port, caPem: ca.certificatePem });
  const peerLoad = createLoad({ port: peer.started.port, caPem: ca.certificatePem });
  stops.push(load.close, peerLoad.close);

  const sign = await compareSigns(iotedged, load, peer, peerLoad);
  await signAsEveryModule(load);
  const { rss, heap } = await iotedged.ask("memory");
  const bad = await sendBadTokens(iotedged, load);
  const memory = { modules: moduleCount, rssMegabytes: rss / mega, heapMegabytes: heap / mega };
  const passed =
    sign.cpuRatio <= limits.cpuRatio &&
    sign.reviewsPerToken <= limits.reviewsPerToken &&
    memory.rssMegabytes <= limits.rssMegabytes &&
    bad.rssGrowthMegabytes <= limits.badTokenMegabytes &&
    bad.goodTokenReviews <= bad.goodTokenReviewsExpected &&
    bad.reviews <= bad.reviewsExpected;
  return { sign, memory, badTokens: bad, limits, passed };
}

/** The image's own bundle, with another entry that can be told where the mounted files are. */
async function bundle(): Promise<string> {
  const bundles = await bundleEntries({ iotedged: join(import.meta.dirname, "iotedged/daemon.ts") });
  const path = join(directory, "iotedged.mjs");
  await writeFile(path, bundles.get("iotedged") ?? "");
  return path;
}

async function untilReady(port: number): Promise<void> {
  let reason = "";
  for (let attempt = 0; attempt < 100; attempt++) {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`);
    if (answer.ok) return;
    reason = await answer.text();
    await sleep(100);
  }
  throw new Error(`iotedged did not become ready within 10 s: ${reason}`);
}

type Measured = Pick<MeasuredProcess<unknown>, "ask">;

async function compareSigns(iotedged: Measured, load: Load, peer: Measured, peerLoad: Load) {
  const moduleId = "m0";
  const token = tokenFor(moduleId);
  const caller = () => ({ moduleId, token });
  const start = performance.now();
  // All at once with a token that nobody has seen yet: one of them asks the API server.
  expectOnly(200, await load.sign({ count: 200, concurrency: 200, caller }));
  const { warmUp, runs, concurrency } = signs;
  for (const one of [load, peerLoad]) expectOnly(200, await one.sign({ count: warmUp, concurrency, caller }));
  const own: number[] = [];
  const peers: number[] = [];
  for (let run = 0; run < runs; run++) {
    own.push(await cpuPerSign(iotedged, load, caller));
    peers.push(await cpuPerSign(peer, peerLoad, caller));
  }
  const lifetimes = Math.ceil((performance.now() - start) / 1000 / cacheSeconds);
  const [microseconds, peerMicroseconds] = [median(own), median(peers)];
  return {
    microseconds,
    peerMicroseconds,
    cpuRatio: microseconds / peerMicroseconds,
    reviewsPerToken: apiServer.reviewsOf(moduleId) / lifetimes,
  };
}

async function cpuPerSign(of: Measured, load: Load, caller: () => { moduleId: string; token: string }) {
  const cpu = await of.ask("cpu");
  expectOnly(200, await load.sign({ count: signs.perRun, concurrency: signs.concurrency, caller }));
  return ((await of.ask("cpu")) - cpu) / signs.perRun;
}

async function signAsEveryModule(load: Load): Promise<void> {
  const tokens = modules.map(tokenFor);
  const caller = (index: number) => {
    const at = index % moduleCount;
    return { moduleId: modules[at] ?? "", token: tokens[at] ?? "" };
  };
  expectOnly(200, await load.sign({ count: 5 * moduleCount, concurrency: signs.concurrency, caller }));
}

async function sendBadTokens(iotedged: Measured, load: Load) {
  const { concurrency } = badTokens;
  const caller = (index: number) => ({ moduleId: "m0", token: tokenFor(`bad${index}`) });
  expectRefused(await load.sign({ count: badTokens.warmUp, concurrency, caller }));
  const good = { moduleId: "m1", token: tokenFor("m1") };
  const before = apiServer.reviewsOf("m1");
  const refusedBefore = apiServer.refusedReviews();
  const start = performance.now();
  expectOnly(200, await load.sign({ count: 1, concurrency: 1, caller: () => good }));
  const { rss } = await iotedged.ask("memory");
  const later = (index: number) => caller(badTokens.warmUp + index);
  expectRefused(await load.sign({ count: badTokens.count, concurrency, caller: later }));
  const growth = (await iotedged.ask("memory")).rss - rss;
  expectOnly(200, await load.sign({ count: 1, concurrency: 1, caller: () => good }));
  const seconds = (performance.now() - start) / 1000;
  return {
    count: badTokens.count,
    seconds,
    rssGrowthMegabytes: growth / mega,
    goodTokenReviews: apiServer.reviewsOf("m1") - before,
    goodTokenReviewsExpected: 1 + Math.floor(seconds / cacheSeconds),
    reviews: apiServer.refusedReviews() - refusedBefore,
    reviewsExpected: reviewBudget.burst + Math.ceil(seconds) * reviewBudget.perSecond,
  };
}

/** Few are reviewed; the rest is turned away without. */
function expectRefused(statuses: ReadonlyMap<number, number>): void {
  const others = [...statuses.keys()].filter((status) => status !== 401 && status !== 429);
  if (others.length > 0) throw new Error(`expected 401 and 429 only, there were also ${others.join(", ")}`);
}

function expectOnly(status: number, statuses: ReadonlyMap<number, number>): void {
  const others = [...statuses.keys()].filter((other) => other !== status);
  if (others.length > 0) throw new Error(`expected ${status} only, there were also ${others.join(", ")}`);
}

function describe({ sign, memory, badTokens: bad }: Awaited<ReturnType<typeof measure>>): string {
  const lines = [
    `warm sign: ${sign.microseconds.toFixed(0)} us of CPU; bare node:https ${sign.peerMicroseconds.toFixed(0)} us; ` +
      `ratio ${sign.cpuRatio.toFixed(2)} (limit ${limits.cpuRatio})`,
    `TokenReviews per token and ${cacheSeconds} s: ${sign.reviewsPerToken} (limit ${limits.reviewsPerToken})`,
    `memory with ${memory.modules} modules: RSS ${memory.rssMegabytes.toFixed(0)} MB ` +
      `(limit ${limits.rssMegabytes} MB), heap ${memory.heapMegabytes.toFixed(0)} MB`,
    `${bad.count} bad tokens in ${bad.seconds.toFixed(0)} s: RSS grew by ${bad.rssGrowthMegabytes.toFixed(1)} MB ` +
      `(limit ${limits.badTokenMegabytes} MB); TokenReviews of them: ${bad.reviews} (limit ${bad.reviewsExpected}), ` +
      `of a good one meanwhile: ${bad.goodTokenReviews} (limit ${bad.goodTokenReviewsExpected})`,
  ];
  return `${lines.join("\n")}\n`;
}
