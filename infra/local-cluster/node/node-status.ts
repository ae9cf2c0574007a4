import { networkPlan } from "../network-plan.ts";
import { type ClientTls, fetchText } from "../process/probe.ts";

interface Node {
  readonly spec?: { readonly taints?: readonly unknown[] };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** Whether the node takes pods, as the API server at `server` says. */
export async function nodeIsReady(server: string, tls: ClientTls): Promise<boolean> {
  const text = await fetchText(`${server}/api/v1/nodes/${networkPlan.nodeName}`, tls);
  return text !== undefined && takesPods(JSON.parse(text) as Node);
}

/** A new node has a taint until the controllers have seen that it is ready. */
export function takesPods({ spec, status }: Node): boolean {
  const ready = status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
  return ready && (spec?.taints ?? []).length === 0;
}
