import type { KubeConfig } from "@kubernetes/client-node";
import {
  type Hints,
  hintsFor,
  type InstallationState,
  readInstallations,
  signLive,
  withLastLines,
} from "../../deploy/index.ts";
import { type Cluster, clusterNameOf, createStreamer } from "../../kubernetes/index.ts";
import type { HealthReport } from "../model/index.ts";
import { assessHealth, type LiveCallResult } from "./assess.ts";

/** How a cluster's installations are looked at. Tests without nodes give their own. */
export interface HealthProbe {
  read(
    cluster: Cluster & { readonly config: KubeConfig },
    namespaces: readonly string[],
  ): Promise<readonly InstallationState[]>;
  /** Lets a module sign, and answers with its digest; undefined where none can be asked. */
  sign(
    cluster: Cluster & { readonly config: KubeConfig },
    installations: readonly InstallationState[],
  ): Promise<string | undefined>;
}

/** How long last lines of logs are waited for, in milliseconds: without them, less is told. */
const patienceForLogs = 10_000;

export const liveProbe: HealthProbe = {
  read: async (cluster, namespaces) => {
    const states = await readInstallations(cluster, namespaces, hintsOf(cluster));
    const signal = AbortSignal.timeout(patienceForLogs);
    return withLastLines(createStreamer(cluster.config), states, signal).catch(() => states);
  },
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
  if (depth === "poll" || !isReady) return assessHealth(installations, undefined, hintsOf(cluster));
  return assessHealth(installations, await sign(cluster, installations, probe), hintsOf(cluster));
}

/** Reports are read elsewhere and later: their commands name the cluster, whatever the stack says by then. */
function hintsOf({ config }: { readonly config: KubeConfig }): Hints {
  return hintsFor({ kind: "named", ...clusterNameOf(config) }, undefined);
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
