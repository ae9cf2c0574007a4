/**
 * CPU per request and p99 of the proxy, its memory at rest, and what of it stays after 1 000 connections.
 *
 * The floor is plain nginx with a fixed Authorization header before the same TLS upstream. Clients, proxies and upstream
 * share one core, and the two are loaded in turns.
 */
import { execFileSync } from "node:child_process";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { anyFreePort } from "../../infra/local-cluster/host/ports.ts";
import { listProcesses, withDescendants } from "../../runtime/base/process-table.ts";
import { createAuthority } from "../../runtime/proxy/test/certificates.ts";
import { buildProxy, canRunProxy, type RunningProxy, startProxy } from "../../runtime/proxy/test/proxy.ts";
import { ensureNginx, ensureProxyPackages } from "../support/debian-packages.ts";
import { growthOf } from "./proxy/growth.ts";
import { type Load, openLoad } from "./proxy/load.ts";
import { floorServer, type RunningNginx, startNginx, upstreamServer } from "./proxy/nginx.ts";
import { processesOf, restOf } from "./proxy/rest.ts";
import { cpuSeconds } from "./shared/processes.ts";
import { quantile } from "./shared/quantile.ts";

const limits = { cpuRatio: 1.15, p99Ratio: 1.3, idleMegabytes: 16, ownMegabytes: 4.5, growth: 0.1 } as const;
const requests = { connections: 16, warmUp: 4000, perRun: 12_000, runs: 9 } as const;
const mega = 1_000_000;
/** As long as a projected token of Kubernetes. */
const token = `${"h".repeat(90)}.${"p".repeat(700)}.${"s".repeat(342)}`;

await ensureProxyPackages();
await ensureNginx();
if (!(await canRunProxy())) throw new Error("the proxy cannot run on this machine");
const core = await stayOnOneCore();
const directory = await mkdtemp(join(tmpdir(), "edge-benchmark-"));
await chmod(directory, 0o755);
const build = await buildProxy();
try {
  const result = await measure();
  process.stdout.write(process.argv.includes("--json") ? `${JSON.stringify(result, null, 2)}\n` : describe(result));
  if (!result.passed) process.exitCode = 1;
} finally {
  for (const each of [directory, build]) await rm(each, { recursive: true, force: true });
}

async function measure() {
  const authority = await createAuthority("benchmark");
  const upstreamPort = await anyFreePort();
  await using proxy = await startProxy(build, { upstreamPort, bundle: authority.pem, token });
  const before = restOf(proxy);
  const { load, idle, growth } = await withPeers(upstreamPort, authority, async (floor) => ({
    load: await compare(proxy, floor),
    idle: worst(before, restOf(proxy)),
    growth: await growthOf(proxy),
  }));
  const isSmall =
    idle.megabytes <= limits.idleMegabytes && idle.ownMegabytes <= limits.ownMegabytes && growth <= limits.growth;
  const passed = load.cpuRatio <= limits.cpuRatio && load.p99Ratio <= limits.p99Ratio && isSmall;
  return { core, load, idle, growth, limits, passed };
}

/** Runs `use` while the upstream and the floor are there. */
async function withPeers<T>(
  upstreamPort: number,
  authority: Awaited<ReturnType<typeof createAuthority>>,
  use: (floor: RunningNginx) => Promise<T>,
): Promise<T> {
  const { cert, key } = await authority.issue("localhost");
  const certificatePath = await write("upstream.crt", cert);
  const keyPath = await write("upstream.key", key);
  const trustBundlePath = await write("trust_bundle.pem", authority.pem);
  const server = upstreamServer(upstreamPort, token, { certificatePath, keyPath });
  const upstream = await startNginx(join(directory, "upstream"), upstreamPort, server);
  const port = await anyFreePort();
  const floor = await startNginx(
    join(directory, "floor"),
    port,
    floorServer({ port, upstreamPort, trustBundlePath, token }),
  );
  try {
    return await use(floor);
  } finally {
    await floor.stop();
    await upstream.stop();
  }
}

async function compare(proxy: RunningProxy, floor: RunningNginx) {
  const ours = await warmUp(proxy.layout.workloadPort, () => processesOf(proxy));
  const plain = await warmUp(floor.port, () => tree(floor.pid));
  for (let run = 0; run < requests.runs; run++) {
    await measureRun(ours);
    await measureRun(plain);
  }
  for (const each of [ours, plain]) each.load.close();
  const [microseconds, floorMicroseconds] = [quantile(ours.cpu, 0.5), quantile(plain.cpu, 0.5)];
  const [p99, floorP99] = [quantile(ours.times, 0.99), quantile(plain.times, 0.99)];
  return {
    ...{ connections: requests.connections, requests: ours.times.length },
    ...{ microseconds, floorMicroseconds, cpuRatio: microseconds / floorMicroseconds },
    ...{ p50Milliseconds: quantile(ours.times, 0.5), floorP50Milliseconds: quantile(plain.times, 0.5) },
    ...{ p99Milliseconds: p99, floorP99Milliseconds: floorP99, p99Ratio: p99 / floorP99 },
  };
}

interface Contestant {
  readonly load: Load;
  readonly pids: readonly number[];
  /** Microseconds of CPU per request, of each run. */
  readonly cpu: number[];
  /** Milliseconds of each request. */
  readonly times: number[];
}

/** @param processes looked at after the first requests: nginx listens before its worker is there */
async function warmUp(port: number, processes: () => number[]): Promise<Contestant> {
  const load = await openLoad(port, requests.connections);
  await load.send(requests.warmUp);
  return { load, pids: processes(), cpu: [], times: [] };
}

async function measureRun({ load, pids, cpu, times }: Contestant): Promise<void> {
  const before = cpuSeconds(pids);
  const run = await load.send(requests.perRun);
  cpu.push(((cpuSeconds(pids) - before) * mega) / requests.perRun);
  for (const time of run) times.push(time);
}

/** The larger of what it takes at rest before and after load. */
function worst(before: ReturnType<typeof restOf>, after: ReturnType<typeof restOf>) {
  return {
    megabytes: Math.max(before.resident, after.resident) / mega,
    ownMegabytes: Math.max(before.anonymous, after.anonymous) / mega,
  };
}

function tree(pid: number): number[] {
  return withDescendants([pid], listProcesses());
}

/** Keeps this process and all that it starts on the last core that it may use. */
async function stayOnOneCore(): Promise<number> {
  const status = await readFile("/proc/self/status", "utf8");
  const last = Number(/^Cpus_allowed_list:.*?(\d+)$/m.exec(status)?.[1]);
  execFileSync("taskset", ["--all-tasks", "--cpu-list", "--pid", String(last), String(process.pid)]);
  return last;
}

async function write(name: string, text: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, text);
  return path;
}

function describe({ load, idle, growth }: Awaited<ReturnType<typeof measure>>): string {
  const lines = [
    `request through the proxy: ${load.microseconds.toFixed(1)} us of CPU; plain nginx ` +
      `${load.floorMicroseconds.toFixed(1)} us; ratio ${load.cpuRatio.toFixed(2)} (limit ${limits.cpuRatio})`,
    `p99 with ${load.connections} connections on one core: ${load.p99Milliseconds.toFixed(2)} ms; plain nginx ` +
      `${load.floorP99Milliseconds.toFixed(2)} ms; ratio ${load.p99Ratio.toFixed(2)} (limit ${limits.p99Ratio})`,
    `memory at rest: ${idle.megabytes.toFixed(1)} MB resident (limit ${limits.idleMegabytes} MB), of it ` +
      `${idle.ownMegabytes.toFixed(1)} MB not shared with other pods (limit ${limits.ownMegabytes} MB)`,
    `after 1 000 connections: ${(growth * 100).toFixed(0)} % more at rest (limit ${limits.growth * 100} %)`,
  ];
  return `${lines.join("\n")}\n`;
}
