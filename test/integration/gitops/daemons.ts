import { KubeConfig } from "@kubernetes/client-node";
import { dataKeys, objectNames } from "#contract";
import { createApiClient } from "../../../runtime/shared/kubernetes/api-client.ts";
import { type RunningIotedged, startIotedged } from "../../support/iotedged-process.ts";
import { type RunningAgent, startAgent } from "../edge-agent/installation.ts";

/** A cluster of whose installation both daemons run outside of pods. */
export interface DeployedCluster {
  readonly kubeconfig: string;
  readonly kubectl: (...args: string[]) => Promise<string>;
}

export interface Daemons extends AsyncDisposable {
  readonly iotedged: RunningIotedged;
  readonly edgeAgent: RunningAgent;
}

/** Credentials of a ServiceAccount of the installation. */
export async function kubeConfigOf(
  { kubeconfig, kubectl }: DeployedCluster,
  namespace: string,
  account: string,
  ...options: string[]
) {
  const token = (await kubectl("create", "token", account, "-n", namespace, "--duration", "2h", ...options)).trim();
  const admin = new KubeConfig();
  admin.loadFromFile(kubeconfig);
  const own = new KubeConfig();
  const server = admin.getCurrentCluster();
  if (server === null) throw new Error("the kubeconfig has no current cluster");
  own.loadFromClusterAndUser(server, { name: account, token });
  return { kubeConfig: own, token };
}

/** Runs both daemons by the settings, Secrets and rights that were deployed, as their pods would. */
export async function startDaemons(cluster: DeployedCluster, namespace: string): Promise<Daemons> {
  const get = async (kind: string, name: string) =>
    JSON.parse(await cluster.kubectl("get", kind, name, "-n", namespace, "-o", "json"));
  const settingsOf = async (name: string, key: string) => JSON.parse((await get("configmap", name)).data[key]);
  const settings = await settingsOf(objectNames.iotedgedConfig, dataKeys.iotedgedConfig);
  const agentSettings = await settingsOf(objectNames.agentConfig, dataKeys.agentConfig);
  const decode = (text: string) => Buffer.from(text, "base64").toString("utf8");
  const identity = (await get("secret", "our-identity")).data["identity.key"];
  const { kubeConfig } = await kubeConfigOf(cluster, namespace, "iotedged");
  const { data } = await get("secret", "our-ca");
  const ca = { certificatePem: decode(data["tls.crt"]), keyPem: decode(data["tls.key"]) };
  const common = { name: namespace, namespace, settings, agentSettings, ca };
  const iotedged = await startIotedged({ ...common, kubeConfig, identityKey: decode(identity) });
  const client = createApiClient(await kubeConfigOf(cluster, namespace, "edgeagent"));
  const edgeAgent = await startAgent({ client, namespace, settings: agentSettings });
  return {
    iotedged,
    edgeAgent,
    [Symbol.asyncDispose]: async () => {
      await edgeAgent.stop();
      await iotedged.stop();
    },
  };
}
