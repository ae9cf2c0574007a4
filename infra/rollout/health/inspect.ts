import type { KubeConfig } from "@kubernetes/client-node";
import { type InstallationState, readInstallations, signLive } from "../../deploy/index.ts";
import type { Cluster } from "../../kubernetes/index.ts";
import type { HealthReport } from "../model/index.ts";
import { assessHealth, type LiveCallResult } from "./assess.ts";

/** How a cluster's installations are looked at. Tests without nodes give their own. */
export interface HealthProbe {
  read(cluster: Cluster, namespaces: readonly string[]): Promise<readonly InstallationState[]>;
  /** Lets a module sign, and answers with its digest; undefined where none can be asked. */
  sign(
    cluster: Cluster & { readonly config: KubeConfig },
    installations: readonly InstallationState[],
  ): Promise<string | undefined>;
}

export const liveProbe: HealthProbe = {
  read: readInstallations,
  sign: async (cluster, installations) => (await signLive(cluster, installations))?.digest,
};

/**
 * Looks at the cluster once: iotedged, EdgeAgent, every module, and with `full` a live signed call once all of these
 * are ready.
 */
export async function inspectHealth(
  cluster: Cluster & { readonly config: KubeConfig },
  namespaces: readonly string[],
  depth: "full" | "poll",
  probe: HealthProbe = liveProbe,
): Promise<HealthReport> {
  const installations = await probe.read(cluster, namespaces);
  const isReady = installations.every(({ ready }) => ready);
  if (depth === "poll" || !isReady) return assessHealth(installations, undefined);
  return assessHealth(installations, await sign(cluster, installations, probe));
}

async function sign(
  cluster: Cluster & { readonly config: KubeConfig },
  installations: readonly InstallationState[],
  probe: HealthProbe,
): Promise<LiveCallResult> {
  try {
    return { digest: await probe.sign(cluster, installations) };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}
