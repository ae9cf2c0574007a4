import type { KubeConfig } from "@kubernetes/client-node";
import { labels, moduleObjectName, proxyContainer } from "#contract";
import { cliErrors } from "#errors";
import { type Cluster, execInPod, type InstallationState } from "../apply/index.ts";

/** A signature that a module got from iotedged just now. */
export interface LiveCall {
  readonly namespace: string;
  readonly module: string;
  readonly moduleId: string;
  readonly data: string;
  readonly digest: string;
}

const text = "hello";
/** What the sample module answers when it is started with `sign <text>`. */
const signCommand = ["/bin/node", "/app/main.mjs", "sign", text] as const;
const sampleModule = "sensor";

/**
 * Lets the first installation's sensor sign a text: module -> proxy -> iotedged -> TokenReview -> digest.
 *
 * @returns undefined where no installation has a module that can do this
 * @throws EDGE_CLI_LIVE_CALL
 */
export async function signLive(
  cluster: Cluster & { readonly config: KubeConfig },
  installations: readonly InstallationState[],
): Promise<LiveCall | undefined> {
  const found = installations.find(({ components }) => components.some(isSensor));
  if (found === undefined) return undefined;
  const { namespace } = found;
  const failed = (problem: string, cause?: unknown) =>
    cliErrors.EDGE_CLI_LIVE_CALL({ module: sampleModule, namespace, problem }, { cause });
  const labelSelector = `${labels.module}=${moduleObjectName(sampleModule)}`;
  const pods = await cluster.list({ apiVersion: "v1", kind: "Pod" }, { namespace, labelSelector });
  const pod = pods.find(
    ({ metadata, status }) => metadata.deletionTimestamp === undefined && status?.phase === "Running",
  );
  if (pod === undefined) throw failed("it has no running pod");
  const names: string[] = pod.spec.containers.map(({ name }: { name: string }) => name);
  const container = names.find((name) => name !== proxyContainer) ?? "";
  const target = { namespace, pod: pod.metadata.name, container };
  const answer = await execInPod(cluster.config, target, signCommand).catch((error: Error) => {
    throw failed(error.message, error);
  });
  const { moduleId, data, digest } = parse(answer);
  if (typeof digest !== "string" || digest === "") throw failed("it answered without a digest");
  return { namespace, module: sampleModule, moduleId: String(moduleId), data: String(data), digest };
}

function isSensor({ component, name }: { readonly component: string; readonly name: string }): boolean {
  return component === "module" && name === sampleModule;
}

function parse(answer: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(answer);
  } catch {
    return {};
  }
}
