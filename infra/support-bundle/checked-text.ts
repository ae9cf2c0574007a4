import type { KubeConfig } from "@kubernetes/client-node";
import { checkInstallations, readerOf, reportOf } from "../check/index.ts";
import type { Hints } from "../deploy/index.ts";
import { type Cluster, createSender, createStreamer } from "../kubernetes/index.ts";
import { failureOf } from "../terminal/index.ts";

/**
 * What `edgectl check` finds of the installation, as JSON: what the helper would ask for first. That it cannot be had is
 * said in its place.
 */
export async function checkedText(
  { context, config }: Cluster & { readonly config: KubeConfig },
  hints: Hints,
  namespace: string,
  now: number,
  signal: AbortSignal,
): Promise<string> {
  const reader = readerOf(config, createSender(config), createStreamer(config));
  try {
    const results = await checkInstallations(reader, { namespace, hints, now: () => now, signal });
    const report = reportOf({ context, mode: "after", time: new Date(now).toISOString() }, results);
    return `${JSON.stringify(report, null, 2)}\n`;
  } catch (error) {
    if (signal.aborted) throw error;
    return `${JSON.stringify({ error: failureOf(error) }, null, 2)}\n`;
  }
}
