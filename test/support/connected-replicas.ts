import { type HubRecord, tokenAudience } from "#contract";
import { connectTo } from "./hub-connection.ts";
import { type RunningIotedged, startIotedged } from "./iotedged-process.ts";
import { type MountedFilesOptions, makeIdentityKey } from "./mounted-files.ts";
import type { TestNamespace } from "./test-namespace.ts";
import { waitFor } from "./wait-for.ts";

/** Replicas of iotedged of a connected installation, and what they say of their hub. */
export interface ConnectedReplicas {
  /** Those that run: who stops or starts one says so. */
  running: readonly RunningIotedged[];
  first(): RunningIotedged;
  start(podName: string): Promise<RunningIotedged>;
  /** What a replica tells EdgeAgent. @param replica the first by default */
  record(replica?: RunningIotedged): Promise<HubRecord>;
  /** Waits until the first tells it so. */
  until(what: string, is: (record: HubRecord) => boolean): Promise<HubRecord>;
  /** The token of a new pod of the module. */
  tokenOf(moduleId: string): Promise<string>;
  /** Where a key could be read: logs, ConfigMaps and Events. */
  texts(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** @param options.port where calls go, whatever the hub or the provisioning service */
export async function startConnectedReplicas(
  namespace: TestNamespace,
  options: Required<Pick<MountedFilesOptions, "settings" | "provisioning">> & { readonly port: number },
): Promise<ConnectedReplicas> {
  const { name } = namespace;
  const { port, ...mounted } = options;
  const kubeConfig = await namespace.kubeConfigOf("iotedged");
  const common = { ...mounted, kubeConfig, name, namespace: name, identityKey: makeIdentityKey() };
  const start = (podName: string) => startIotedged({ ...common, podName, connectHub: connectTo(port) });
  let running: readonly RunningIotedged[] = [await start("iotedged-0"), await start("iotedged-1")];
  const first = () => running[0] as RunningIotedged;
  const newToken = async (account: string, podName: string) => {
    const pod = await namespace.createPod(podName, account);
    return namespace.token(account, { audience: tokenAudience({ name, namespace: name }), pod });
  };
  const agentToken = await newToken("edgeagent", "edgeagent-0");
  const record = async (replica = first()): Promise<HubRecord> =>
    (await replica.call("management", agentToken, "/hub")).json;
  const list = async (group: string, plural: string) =>
    JSON.stringify(await namespace.client.call({ verb: "list", path: namespace.path(group, plural) }));

  return {
    get running() {
      return running;
    },
    set running(value) {
      running = value;
    },
    ...{ first, start, record },
    until: (what, is) =>
      waitFor(what, async () => {
        const told = await record();
        if (is(told)) return told;
        throw new Error(JSON.stringify(told));
      }),
    tokenOf: (moduleId) => newToken(moduleId, `${moduleId}-${Date.now()}`),
    texts: async () => [
      ...running.map(({ log }) => log.join("")),
      await list("api/v1", "configmaps"),
      await list("apis/events.k8s.io/v1", "events"),
    ],
    stop: async () => {
      for (const replica of running) await replica.stop();
    },
  };
}
