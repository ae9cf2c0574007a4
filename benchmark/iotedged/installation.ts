import { generateKeyPairSync } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  type AgentSettings,
  dataKeys,
  defaultModuleSettings,
  type IotedgedSettings,
  mountPaths,
  noFeatures,
} from "#contract";
import { alternativeNames } from "../../runtime/iotedged/certificates/host-names.ts";
import { issueCertificate } from "../../runtime/iotedged/certificates/issue.ts";
import { loadWorkloadCa } from "../../runtime/iotedged/certificates/workload-ca.ts";
import { createTestCa } from "../../test/fakes/test-ca.ts";

/** Files of an installation, and a certificate like iotedged's for the peer. */
export interface Installation {
  readonly caPem: string;
  readonly certificatePath: string;
  readonly keyPath: string;
  readonly kubeconfigPath: string;
}

const day = 86_400_000;
const settings: IotedgedSettings = {
  installation: { name: "bench", namespace: "bench" },
  deviceId: "bench",
  hubHostname: "hub.example",
  gatewayHostname: "gateway",
  nodeObserver: false,
  certificates: { servingDays: 1, serverMaxDays: 1 },
  features: noFeatures,
  authentication: { cacheSeconds: 60, staleSeconds: 0 },
  limits: { requestsPerSecond: 100_000, certificatesPerMinute: 60 },
  logLevel: "info",
};
const container = { image: "none", imagePullPolicy: "Never", resources: {} } as const;
const agentSettings: AgentSettings = {
  enabled: false,
  replicas: 1,
  edgeAgent: container,
  proxy: container,
  imagePullSecrets: [],
  modules: defaultModuleSettings,
  logLevel: "info",
};

/** Writes what Kubernetes would mount below `directory`. */
export async function writeInstallation(directory: string, apiServer: string): Promise<Installation> {
  const write = async (path: string, text: string) => {
    const file = join(directory, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    return file;
  };
  const now = Date.now();
  const ca = await createTestCa({ name: "bench", notBefore: now - day, notAfter: now + 10 * day });
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const identityKey = privateKey.export({ format: "pem", type: "pkcs8" }).toString();
  await write(join(mountPaths.iotedgedConfig, dataKeys.iotedgedConfig), JSON.stringify(settings));
  await write(join(mountPaths.agentConfig, dataKeys.agentConfig), JSON.stringify(agentSettings));
  await write(join(mountPaths.identity, dataKeys.identityKey), identityKey);
  await write(join(mountPaths.trustBundle, dataKeys.trustBundle), ca.certificatePem);
  await write(join(mountPaths.workloadCa, dataKeys.certificate), ca.certificatePem);
  await write(join(mountPaths.workloadCa, dataKeys.privateKey), ca.keyPem);
  const workloadCa = await loadWorkloadCa(ca.certificatePem, ca.keyPem);
  const names = { commonName: "iotedged", alternativeNames: alternativeNames(["iotedged"]) };
  const issued = await issueCertificate(workloadCa, { ...names, usage: "server", notAfter: now + day }, now);
  return {
    caPem: ca.certificatePem,
    certificatePath: await write("peer.crt", issued.certificate),
    keyPath: await write("peer.key", issued.privateKey),
    kubeconfigPath: await write("kubeconfig.json", JSON.stringify(kubeconfig(apiServer))),
  };
}

const kubeconfig = (server: string) => ({
  apiVersion: "v1",
  kind: "Config",
  clusters: [{ name: "bench", cluster: { server, "insecure-skip-tls-verify": true } }],
  users: [{ name: "bench", user: { token: "none" } }],
  contexts: [{ name: "bench", context: { cluster: "bench", user: "bench" } }],
  "current-context": "bench",
});
