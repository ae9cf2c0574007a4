import type { KubeConfig } from "@kubernetes/client-node";
import { findInstallations, type Hints, readInstallations } from "../../deploy/index.ts";
import { type Cluster, createCluster, createSender, createStreamer } from "../../kubernetes/index.ts";
import { findModule, readLog } from "../../modules/index.ts";
import { livePermissions } from "../../rbac/index.ts";
import type { RunReader } from "../../rollout/index.ts";
import type { TrustStanding } from "../view/trust.ts";
import { readOnly } from "./read-only.ts";
import type { World } from "./world.ts";

export interface ClusterWorldOptions {
  readonly config: KubeConfig;
  readonly context: string;
  /** Undefined: all installations that the cluster has at each look. */
  readonly namespaces: readonly string[] | undefined;
  readonly hints: Hints;
  readonly rollouts: RunReader;
  readonly readTrust: ReadTrust;
}

/** Reads how the trust of some namespaces' installations stands. */
export type ReadTrust = (cluster: Cluster, namespaces: readonly string[]) => Promise<readonly TrustStanding[]>;

/** Lines of a log that are shown when it is opened. */
const tail = 500;

/** A cluster with the rights of who looks at it. */
export function clusterWorld({ config, context, namespaces, hints, rollouts, readTrust }: ClusterWorldOptions): World {
  const server = config.getCurrentCluster()?.server ?? "";
  const cluster = createCluster(readOnly(createSender(config)), { context, server });
  const open = createStreamer(config);
  const chosen = async () => [...(namespaces ?? (await findInstallations(cluster)))].sort();
  const now = Date.now;
  return {
    context,
    now,
    namespaces: chosen,
    installations: () => readInstallations(cluster, namespaces, hints),
    trust: async () => readTrust(cluster, await chosen()),
    permissions: async () => livePermissions(config, await chosen()),
    rollouts,
    followLog: async (namespace, module, write, signal) => {
      const found = await findModule(cluster, module, [namespace]);
      const options = { follow: true, previous: false, timestamps: false, tail, since: undefined };
      await readLog(open, module, found, options, write, signal);
    },
  };
}
