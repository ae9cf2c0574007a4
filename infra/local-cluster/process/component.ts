import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { clusterErrors } from "../errors.ts";
import type { Layout } from "../layout.ts";
import { commandPath } from "./command.ts";
import { endProcess } from "./end-process.ts";
import { lastLines } from "./log-tail.ts";
import { isRunning, readRecord, recordOf, removeRecord, writeRecord } from "./process-record.ts";
import { waitUntil } from "./wait.ts";

/** A long-running program of the cluster. */
export interface Component {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether it ends with the process that starts it, however that ends. By default it outlives it. */
  readonly endsWithStarter?: boolean;
  /** Whether it does its work by now. */
  ready(): boolean | Promise<boolean>;
}

/** Environment variable of all processes of a cluster. It holds the cluster's directory, and so finds unrecorded ones. */
export const ownerVariable = "PULUMI_IOTEDGE_CLUSTER";

/** Milliseconds that a component may take until it is ready. Generous: the machine may be busy with compiling. */
const readyTimeout = 120_000;

/** Starts a component, unless it runs already. */
export async function ensureStarted(layout: Layout, component: Component): Promise<void> {
  const record = layout.processRecord(component.name);
  if (isRunning(readRecord(record))) return;
  const log = layout.log(component.name);
  mkdirSync(dirname(log), { recursive: true });
  const output = openSync(log, "a", 0o600);
  try {
    const [command, args] = commandOf(component);
    const child = spawn(command, args, {
      cwd: layout.directory,
      detached: true,
      stdio: ["ignore", output, output],
      env: { PATH: commandPath, HOME: layout.directory, [ownerVariable]: layout.directory, ...component.environment },
    });
    await once(child, "spawn");
    child.unref();
    const started = child.pid === undefined ? undefined : recordOf(child.pid);
    if (started) writeRecord(record, started);
  } catch (cause) {
    throw failure(layout, component, `cannot be started: ${(cause as Error).message}`, cause);
  } finally {
    closeSync(output);
  }
}

/** The kernel itself ends it, also where this process is killed: setpriv, of util-linux, asks for that and becomes it. */
function commandOf({ command, args, endsWithStarter = false }: Component): readonly [string, readonly string[]] {
  return endsWithStarter ? ["setpriv", ["--pdeathsig", "KILL", "--", command, ...args]] : [command, args];
}

/**
 * Waits until a component is ready.
 *
 * @throws EDGE_CLUSTER_COMPONENT_FAILED if it ends, or is not ready in time
 */
export async function untilReady(layout: Layout, component: Component): Promise<void> {
  const running = () => isRunning(readRecord(layout.processRecord(component.name)));
  let ready = false;
  await waitUntil(async () => {
    ready = await component.ready();
    return ready || !running();
  }, readyTimeout);
  if (ready) return;
  const what = running() ? `is not ready after ${readyTimeout / 1000} s` : "ended while the cluster started";
  throw failure(layout, component, what);
}

/** Starts a component and waits until it is ready. */
export async function ensureReady(layout: Layout, component: Component): Promise<void> {
  await ensureStarted(layout, component);
  await untilReady(layout, component);
}

/**
 * Ends a component, if it runs.
 *
 * @param grace milliseconds that it gets to end by itself
 */
export async function stopComponent(layout: Layout, name: string, grace: number): Promise<void> {
  const path = layout.processRecord(name);
  const record = readRecord(path);
  if (record) await endProcess(record, grace);
  removeRecord(path);
}

function failure(layout: Layout, component: Component, what: string, cause?: unknown) {
  const log = layout.log(component.name);
  return clusterErrors.EDGE_CLUSTER_COMPONENT_FAILED(
    { component: component.name, what, output: lastLines(log, 12), log: keptLog(layout, component.name) },
    { cause },
  );
}

/** Where the logs of a start that failed are kept, for the reader of its error. */
export function failedLogs(layout: Layout): string {
  return `${layout.directory}-failed-logs`;
}

function keptLog(layout: Layout, component: string): string {
  return layout.log(component).replace(dirname(layout.log(component)), failedLogs(layout));
}
