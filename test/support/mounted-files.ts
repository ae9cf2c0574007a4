import { generateKeyPairSync } from "node:crypto";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  type AgentSettings,
  dataKeys,
  defaultModuleSettings,
  type IotedgedSettings,
  mountPaths,
  noFeatures,
} from "#contract";
import { createTestCa, type TestCa } from "../fakes/test-ca.ts";

export interface MountedFilesOptions {
  readonly name: string;
  readonly namespace: string;
  readonly settings?: Partial<IotedgedSettings>;
  /** Workload CA at the start; one that is good for a day by default. */
  readonly ca?: TestCa;
  /** The workload CA alone by default. */
  readonly trustBundle?: string;
  readonly agentSettings?: Partial<AgentSettings>;
}

/** What Kubernetes would mount into a pod of iotedged, in a temporary directory. */
export interface MountedFiles {
  readonly root: string;
  readonly ca: TestCa;
  setAgentSettings(change: Partial<AgentSettings>): Promise<void>;
  setCa(ca: TestCa): Promise<void>;
  setTrustBundle(pem: string): Promise<void>;
}

const hour = 3_600_000;
const container = (image: string) => ({ image, imagePullPolicy: "IfNotPresent" as const, resources: {} });

export async function writeMountedFiles(options: MountedFilesOptions): Promise<MountedFiles> {
  const { name, namespace } = options;
  const root = await mkdtemp(join(tmpdir(), "iotedged-"));
  const put = async (directory: string, file: string, text: string) => {
    const path = join(root, directory, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  };
  const times = { notBefore: Date.now() - hour, notAfter: Date.now() + 24 * hour };
  const ca = options.ca ?? (await createTestCa({ name: "workload ca", ...times }));
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
  const setCa = async (one: TestCa) => {
    await put(mountPaths.workloadCa, dataKeys.certificate, one.certificatePem);
    await put(mountPaths.workloadCa, dataKeys.privateKey, one.keyPem);
  };
  const setAgentSettings = async (change: Partial<AgentSettings>) => {
    agentSettings = { ...agentSettings, ...change };
    await put(mountPaths.agentConfig, dataKeys.agentConfig, JSON.stringify(agentSettings));
  };
  const setTrustBundle = (pem: string) => put(mountPaths.trustBundle, dataKeys.trustBundle, pem);
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  await put(mountPaths.iotedgedConfig, dataKeys.iotedgedConfig, JSON.stringify(settings));
  await put(mountPaths.identity, dataKeys.identityKey, privateKey.export({ format: "pem", type: "pkcs8" }).toString());
  await setTrustBundle(options.trustBundle ?? ca.certificatePem);
  await setAgentSettings({});
  await setCa(ca);
  return { root, ca, setAgentSettings, setCa, setTrustBundle };
}
