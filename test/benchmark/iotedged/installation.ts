import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { alternativeNames } from "../../../runtime/iotedged/certificates/host-names.ts";
import { issueCertificate } from "../../../runtime/iotedged/certificates/issue.ts";
import { loadWorkloadCa } from "../../../runtime/iotedged/certificates/workload-ca.ts";
import { type MountedFiles, writeMountedFiles } from "../../support/mounted-files.ts";

/** Files of an installation, and a certificate like iotedged's for the peer. */
export interface Installation {
  readonly files: MountedFiles;
  readonly certificatePath: string;
  readonly keyPath: string;
  readonly kubeconfigPath: string;
}

const name = "bench";
const day = 86_400_000;

/** Writes what Kubernetes would mount into a directory of its own. */
export async function writeInstallation(apiServer: string): Promise<Installation> {
  const files = await writeMountedFiles({
    name,
    namespace: name,
    settings: {
      nodeObserver: false,
      authentication: { cacheSeconds: 60, staleSeconds: 0 },
      limits: { requestsPerSecond: 100_000, certificatesPerMinute: 60 },
    },
    agentSettings: { enabled: false },
  });
  const write = async (path: string, text: string) => {
    const file = join(files.root, path);
    await writeFile(file, text);
    return file;
  };
  const now = Date.now();
  const workloadCa = await loadWorkloadCa(files.ca.certificatePem, files.ca.keyPem);
  const names = { commonName: "iotedged", alternativeNames: alternativeNames(["iotedged"]) };
  const notAfter = now + day / 2;
  const issued = await issueCertificate(workloadCa, { ...names, usage: "server", notAfter }, now);
  return {
    files,
    certificatePath: await write("peer.crt", issued.certificate),
    keyPath: await write("peer.key", issued.privateKey),
    kubeconfigPath: await write("kubeconfig.json", JSON.stringify(kubeconfig(apiServer))),
  };
}

const kubeconfig = (server: string) => ({
  apiVersion: "v1",
  kind: "Config",
  clusters: [{ name, cluster: { server, "insecure-skip-tls-verify": true } }],
  users: [{ name, user: { token: "none" } }],
  contexts: [{ name, context: { cluster: name, user: name } }],
  "current-context": name,
});
