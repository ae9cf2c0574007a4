import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { access, chmod, chown, copyFile, mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { configurationFiles, proxyCommand, stopSignal } from "../build.ts";
import { imageLayout, type ProxyLayout, proxyEnvironment } from "../environment.ts";

/** User that the proxy runs as when the tests run as root: the one of the image. */
const imageUser = 1000;
const isRoot = process.getuid?.() === 0;

export interface ProxyOptions {
  readonly upstreamPort: number;
  /** Content of the trust bundle; no file when it is left out. */
  readonly bundle?: string;
  /** Content of the token file; no file when it is left out. */
  readonly token?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** What a former run of the container left in the scratch directory. */
  readonly leftOver?: (scratch: string) => Promise<void>;
}

/** The real proxy: HAProxy, with files of its own. */
export interface RunningProxy extends AsyncDisposable {
  readonly layout: ProxyLayout;
  readonly process: ChildProcess;
  /** What it wrote so far. */
  log(): string;
  /** Replaces the token or the trust bundle as the kubelet does, by a rename. */
  replace(file: "token" | "bundle", content: string): Promise<void>;
  /** Status and body of a path of the observability port. */
  observe(path: string): Promise<{ status: number; body: string }>;
  /** Value of a metric, with its labels in its name; 0 when there is none. */
  metric(name: string): Promise<number>;
  /** Waits until the condition holds. Fails after 60 s, with the log. */
  until(what: string, condition: () => boolean | Promise<boolean>): Promise<void>;
  /** Sends the image's stop signal; resolves with the exit code. */
  stop(): Promise<number | null>;
}

/**
 * Whether the tests of the real proxy can run. Says so when they cannot; in CI that is an error instead.
 *
 * @throws Error in CI, naming what is missing
 */
export async function canRunProxy(): Promise<boolean> {
  const isThere = await access(imageLayout.haproxy).then(
    () => true,
    () => false,
  );
  if (isThere) return true;
  const message = `proxy tests need Debian's haproxy at ${imageLayout.haproxy}`;
  if (process.env.CI === "true") throw new Error(message);
  process.stderr.write(`skipped: ${message}\n`);
  return false;
}

/** Puts the proxy's parts together once for the tests of a file. Resolves with their directory. */
export async function buildProxy(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "proxy-build-"));
  await chmod(directory, 0o755);
  for (const { name, file } of await configurationFiles()) await copyFile(file, join(directory, name));
  return directory;
}

export async function startProxy(build: string, options: ProxyOptions): Promise<RunningProxy> {
  const directory = await mkdtemp(join(tmpdir(), "proxy-test-"));
  const layout = await testLayout(build, directory, options.upstreamPort);
  if (options.token !== undefined) await writeFile(layout.tokenFile, options.token);
  if (options.bundle !== undefined) await writeFile(layout.trustBundleFile, options.bundle);
  await mkdir(layout.scratch);
  await options.leftOver?.(layout.scratch);
  const written = (await readdir(layout.scratch)).map((name) => join(layout.scratch, name));
  if (isRoot) for (const path of [directory, layout.scratch, ...written]) await chown(path, imageUser, imageUser);

  let output = "";
  const [program, ...args] = proxyCommand(layout);
  const child = spawn(program, args, {
    env: { ...proxyEnvironment(layout), IOTEDGED_HOST: "localhost", ...options.environment },
    stdio: ["ignore", "pipe", "pipe"],
    ...(isRoot ? { uid: imageUser, gid: imageUser } : {}),
  });
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  let notices = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    notices += text;
  });
  const exited = once(child, "exit").then(([code]) => code as number | null);

  const proxy: RunningProxy = {
    layout,
    process: child,
    log: () => output,
    async replace(file, content) {
      const path = file === "token" ? layout.tokenFile : layout.trustBundleFile;
      await writeFile(`${path}.new`, content);
      await rename(`${path}.new`, path);
    },
    async observe(path) {
      const response = await fetch(`http://127.0.0.1:${layout.observabilityPort}${path}`);
      return { status: response.status, body: await response.text() };
    },
    async metric(name) {
      const { body } = await proxy.observe("/metrics");
      const line = body.split("\n").find((text) => text.startsWith(`${name} `));
      return Number(line?.slice(name.length + 1) ?? 0);
    },
    async until(what, condition) {
      for (const deadline = Date.now() + 60_000; Date.now() < deadline; await delay(20)) {
        if (await holds(condition)) return;
        if (child.exitCode !== null) break;
      }
      throw new Error(`not reached: ${what}\n${output}\n${notices}`);
    },
    async stop() {
      child.kill(stopSignal);
      return exited;
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null) child.kill("SIGTERM");
      await exited;
      await rm(directory, { recursive: true, force: true });
    },
  };
  try {
    await proxy.until("the proxy is alive", async () => (await proxy.observe("/livez")).status === 200);
    if (options.environment?.IOTEDGED_HOST === undefined)
      await proxy.until("iotedged is found", () => output.includes("localhost is at"));
  } catch (error) {
    await proxy[Symbol.asyncDispose]();
    throw error;
  }
  return proxy;
}

async function holds(condition: () => boolean | Promise<boolean>): Promise<boolean> {
  try {
    return await condition();
  } catch {
    return false;
  }
}

async function testLayout(build: string, directory: string, upstreamPort: number): Promise<ProxyLayout> {
  const [workloadPort = 0, managementPort = 0, observabilityPort = 0] = await freePorts(3);
  return {
    ...imageLayout,
    workloadPort,
    managementPort,
    observabilityPort,
    workloadUpstreamPort: upstreamPort,
    managementUpstreamPort: upstreamPort,
    tokenFile: join(directory, "token"),
    trustBundleFile: join(directory, "trust_bundle.pem"),
    scratch: join(directory, "scratch"),
    configDirectory: build,
  };
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  return ports;
}
