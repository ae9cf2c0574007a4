import { objectNames } from "#contract";
import { byName, groupPullerPods, type Observed } from "../../../runtime/edge-agent/reconcile/observed.ts";
import {
  deployments,
  jobs,
  persistentVolumeClaims,
  pods,
  secrets,
  serviceAccounts,
  services,
} from "../../../runtime/shared/kubernetes/kinds.ts";
import type { Installation } from "./installation.ts";

/** What EdgeAgent would see in the namespace now. */
export async function observe({ admin }: Pick<Installation, "admin">): Promise<Observed> {
  const pullSecret = await admin.get(secrets, objectNames.registryCredentials);
  return {
    serviceAccounts: byName(await admin.list(serviceAccounts)),
    services: byName(await admin.list(services)),
    deployments: byName(await admin.list(deployments)),
    jobs: byName(await admin.list(jobs)),
    leftJobs: new Set(),
    modulePods: new Map(),
    claims: byName(await admin.list(persistentVolumeClaims)),
    pullerPods: groupPullerPods(await admin.list(pods)),
    ...(pullSecret === undefined ? {} : { pullSecret }),
  };
}
