import { generateKeyPairSync } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";
import { Agent } from "undici";
import {
  type AgentSettings,
  dataKeys,
  defaultModuleSettings,
  type IotedgedSettings,
  mountPaths,
  noFeatures,
} from "#contract";
import { type Daemon, startDaemon } from "../../runtime/iotedged/daemon.ts";
import { systemClock } from "../../runtime/shared/clock.ts";
import type { Condition } from "../../runtime/shared/health.ts";
import { createLogger } from "../../runtime/shared/logger.ts";
import { createTestCa, type TestCa } from "../fakes/test-ca.ts";

/** iotedged in this process, with mounted files in a temporary directory. */
export interface RunningIotedged {
  readonly daemon: Daemon;
  readonly ca: TestCa;
  /** Lines of its log, as text. */
  readonly log: readonly string[];
  /** Readiness, with the conditions. */
  ready(): Promise<{ ok: boolean; conditions: Condition[]; degraded: { name: string }[] }>;
  metrics(): Promise<string>;
  call(api: "management" | "workload", token: string | undefined, path: string, body?: object): Promise<CallAnswer>;
  /** Changes the mounted settings, as the kubelet would. */
  setAgentSettings(change: Partial<AgentSettings>): Promise<void>;
  setCa(ca: TestCa): Promise<void>;
  setTrustBundle(pem: string): Promise<void>;
  stop(): Promise<void>;
}

export interface CallAnswer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into JSON of any shape
  readonly json: any;
}

const hour = 3_600_000;
const container = (image: string) => ({ image, imagePullPolicy: "IfNotPresent" as const, resources: {} });

/** Starts iotedged of the installation `name` in `namespace` against a real API server. */
export async function startIotedged(options: {
  readonly kubeConfig: KubeConfig;
  readonly name: string;
  readonly namespace: string;
  readonly settings?: Partial<IotedgedSettings>;
  /** Workload CA at the start; one that is good for a day by default. */
  readonly ca?: TestCa;
  /** The workload CA alone by default. */
  readonly trustBundle?: string;
  readonly agentSettings?: Partial<AgentSettings>;
}): Promise<RunningIotedged> {
  const { kubeConfig, name, namespace } = options;
  const root = await mkdtemp(join(tmpdir(), "iotedged-"));
  const put = async (directory: string, file: string, text: string) => {
    const path = join(root, directory, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  };
  const ca =
    options.ca ??
    (await createTestCa({ name: "workload ca", notBefore: Date.now() - hour, notAfter: Date.now() + 24 * hour }));
  const settings: IotedgedSettings = {
    installation: { name, namespace },
    deviceId: "device-1",
    hubHostname: "hub.example",
    gatewayHostname: "gateway",
    nodeObserver: true,
    certificates: { servingDays: 1, serverMaxDays: 30 },
    features: noFeatures,
    authentication: { cacheSeconds: 10, staleSeconds: 60 },
    limits: { requestsPerSecond: 500, certificatesPerMinute: 60 },
    logLevel: "info",
    ...options.settings,
  };
  let agentSettings: AgentSettings = {
    enabled: true,
    replicas: 1,
    edgeAgent: container("registry.invalid/edge-agent:1"),
    proxy: container("registry.invalid/proxy:1"),
    imagePullSecrets: [],
    modules: defaultModuleSettings,
    logLevel: "info",
    ...options.agentSettings,
  };
  const putCa = async (one: TestCa) => {
    await put(mountPaths.workloadCa, dataKeys.certificate, one.certificatePem);
    await put(mountPaths.workloadCa, dataKeys.privateKey, one.keyPem);
  };
  const putAgentSettings = () => put(mountPaths.agentConfig, dataKeys.agentConfig, JSON.stringify(agentSettings));
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  await put(mountPaths.iotedgedConfig, dataKeys.iotedgedConfig, JSON.stringify(settings));
  await put(mountPaths.identity, dataKeys.identityKey, privateKey.export({ format: "pem", type: "pkcs8" }).toString());
  await put(mountPaths.trustBundle, dataKeys.trustBundle, options.trustBundle ?? ca.certificatePem);
  await putAgentSettings();
  await putCa(ca);

  const log: string[] = [];
  const destination = { write: (line: string) => void log.push(line) };
  const daemon = await startDaemon({
    root,
    podName: "iotedged-0",
    host: "127.0.0.1",
    ports: { management: 0, workload: 0, observability: 0 },
    kubeConfig,
    clock: systemClock,
    random: Math.random,
    drainTime: 0,
    processMetrics: false,
    log: createLogger({ component: "iotedged", level: "info", destination }),
  }).catch(async (error: unknown) => {
    await rm(root, { recursive: true });
    throw error;
  });
  const agent = new Agent({ connect: { ca: ca.certificatePem, servername: "iotedged" } });
  const observe = (path: string) => fetch(`http://127.0.0.1:${daemon.ports.observability}${path}`);

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
    setAgentSettings: async (change) => {
      agentSettings = { ...agentSettings, ...change };
      await putAgentSettings();
    },
    setCa: putCa,
    setTrustBundle: (pem) => put(mountPaths.trustBundle, dataKeys.trustBundle, pem),
    stop: async () => {
      await agent.close();
      await daemon.stop();
      await rm(root, { recursive: true });
    },
  };
}
