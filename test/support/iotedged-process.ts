import { rm } from "node:fs/promises";
import type { KubeConfig } from "@kubernetes/client-node";
import { Agent } from "undici";
import type { AgentSettings } from "#contract";
import type { ConnectHttps } from "#iot-hub";
import { type Clock, systemClock } from "../../runtime/base/clock.ts";
import { type Daemon, startDaemon } from "../../runtime/iotedged/daemon.ts";
import type { Condition } from "../../runtime/shared/health.ts";
import { createLogger } from "../../runtime/shared/logger.ts";
import { type MountedCa, type MountedFilesOptions, writeMountedFiles } from "./mounted-files.ts";

/** iotedged in this process, with mounted files in a temporary directory. */
export interface RunningIotedged {
  readonly daemon: Daemon;
  readonly ca: MountedCa;
  /** Lines of its log, as text. */
  readonly log: readonly string[];
  /** Readiness, with the conditions. */
  ready(): Promise<{ ok: boolean; conditions: Condition[]; degraded: { name: string }[] }>;
  metrics(): Promise<string>;
  call(api: "management" | "workload", token: string | undefined, path: string, body?: object): Promise<CallAnswer>;
  /** Changes the mounted settings, as the kubelet would. */
  setAgentSettings(change: Partial<AgentSettings>): Promise<void>;
  setCa(ca: MountedCa): Promise<void>;
  setTrustBundle(pem: string): Promise<void>;
  setProvisioning(content: Readonly<Record<string, string>>): Promise<void>;
  /** Further calls wait for the first. */
  stop(): Promise<void>;
}

export interface CallAnswer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into JSON of any shape
  readonly json: any;
}

/** Starts iotedged of the installation `name` in `namespace` against a real API server. */
export async function startIotedged(
  options: MountedFilesOptions & {
    readonly kubeConfig: KubeConfig;
    readonly clock?: Clock;
    readonly podName?: string;
    readonly account?: string | undefined;
    /** PEM of what `call` trusts; the workload CA by default. */
    readonly trusted?: string;
    /** How it reaches IoT Hub. */
    readonly connectHub?: ConnectHttps;
  },
): Promise<RunningIotedged> {
  const { kubeConfig, clock = systemClock, podName = "iotedged-0" } = options;
  const files = await writeMountedFiles(options);
  const { root, ca } = files;
  const log: string[] = [];
  const destination = { write: (line: string) => void log.push(line) };
  const daemon = await startDaemon({
    root,
    podName,
    account: options.account,
    host: "127.0.0.1",
    ports: { management: 0, workload: 0, observability: 0 },
    kubeConfig,
    clock,
    random: Math.random,
    drainTime: 0,
    memoryLimit: 256 * 1024 ** 2,
    connectHub: options.connectHub,
    processMetrics: false,
    log: createLogger({ component: "iotedged", level: "info", destination }),
  }).catch(async (error: unknown) => {
    await rm(root, { recursive: true });
    throw error;
  });
  const agent = new Agent({ connect: { ca: options.trusted ?? ca.certificatePem, servername: "iotedged" } });
  const observe = (path: string) => fetch(`http://127.0.0.1:${daemon.ports.observability}${path}`);
  let stopped: Promise<void> | undefined;
  async function stop(): Promise<void> {
    await agent.close();
    await daemon.stop();
    await rm(root, { recursive: true });
  }

  return {
    daemon,
    ca,
    log,
    ready: async () => (await observe("/readyz")).json() as never,
    metrics: async () => (await observe("/metrics")).text(),
    call: async (api, token, path, body) => {
      const answer = await agent.request({
        origin: `https://127.0.0.1:${daemon.ports[api]}`,
        path: `${path}?api-version=2020-07-07`,
        method: body === undefined ? "GET" : "POST",
        headers: { ...(token && { authorization: `Bearer ${token}` }), "content-type": "application/json" },
        body: body === undefined ? null : JSON.stringify(body),
      });
      return { status: answer.statusCode, json: await answer.body.json() };
    },
    setAgentSettings: files.setAgentSettings,
    setCa: files.setCa,
    setTrustBundle: files.setTrustBundle,
    setProvisioning: files.setProvisioning,
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}
