import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { accessTo } from "../../../runtime/edge-agent/hub/test/hub-access.ts";
import { containerNode } from "../shared/container-node.ts";

/** EdgeAgent in a process of its own. */
export interface AgentProcess {
  /** Milliseconds since the epoch at which the process was started. */
  readonly startedAt: number;
  /** Runs so far that compared the manifest with the namespace, by result. */
  runs(): Promise<{ readonly unchanged: number; readonly applied: number; readonly error: number }>;
  /** Megabytes in RAM now, and at most so far. */
  memory(): { readonly rssMegabytes: number; readonly peakMegabytes: number };
  /** The last of what its log complains of. */
  complaints(): readonly string[];
  stop(): Promise<void>;
}

/** The fake hub that an EdgeAgent connects to, and as which device: what can be handed to another process. */
export type HubAt = Pick<Parameters<typeof accessTo>[0], "fake" | "port" | "deviceId">;

const keptComplaints = 3;
const timeout = 10_000;

/**
 * @param script the bundle of `agent.ts`
 * @param hub what it is connected to; it stands alone without
 */
export async function startAgentProcess(
  script: string,
  namespace: string,
  kubeconfig: string,
  hub?: HubAt,
): Promise<AgentProcess> {
  const startedAt = Date.now();
  const node = containerNode("edgeAgent");
  const child = fork(script, [namespace, ...(hub === undefined ? [] : [JSON.stringify(hub)])], {
    execArgv: [...node.flags],
    env: { PATH: process.env.PATH, KUBECONFIG: kubeconfig, ...node.environment },
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  const complaints = followComplaints(child.stdout as Readable);
  const exit = once(child, "exit");
  const failure = exit.then(([code]) => Promise.reject(new Error(`EdgeAgent ended with code ${code}: ${complaints}`)));
  failure.catch(() => undefined);
  const [{ port }] = await Promise.race([once(child, "message"), failure]);

  return {
    startedAt,
    async runs() {
      const answer = await fetch(`http://127.0.0.1:${port}/metrics`, { signal: AbortSignal.timeout(timeout) });
      const text = await answer.text();
      const countOf = (result: string) =>
        Number(new RegExp(`^iotedge_reconcile_total\\{result="${result}"\\} (\\d+)$`, "m").exec(text)?.[1] ?? 0);
      return { unchanged: countOf("unchanged"), applied: countOf("applied"), error: countOf("error") };
    },
    memory() {
      const text = readFileSync(`/proc/${child.pid}/status`, "utf8");
      const megabytesOf = (field: string) =>
        Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(text)?.[1]) * 0.001024;
      return { rssMegabytes: megabytesOf("VmRSS"), peakMegabytes: megabytesOf("VmHWM") };
    },
    complaints: () => complaints,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
      await exit;
    },
  };
}

/** The last warnings and errors of a log, which is read on until the process ends. */
function followComplaints(log: Readable): readonly string[] {
  const complaints: string[] = [];
  createInterface({ input: log }).on("line", (line) => {
    if (/"level":"(debug|info)"/.test(line)) return;
    complaints.push(line);
    if (complaints.length > keptComplaints) complaints.shift();
  });
  return complaints;
}
