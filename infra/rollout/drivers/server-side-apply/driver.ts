import { applyStack, claimRoots, type DeleteOptions, deleteStack, guardRollback } from "../../../deploy/index.ts";
import { type Cluster, groupOf, type LiveObject, type ObjectToApply } from "../../../kubernetes/index.ts";
import { type HealthProbe, inspectHealth, liveProbe } from "../../health/inspect.ts";
import type { ClusterDriver, ClusterTarget, FleetCluster, PlannedCluster } from "../../model/index.ts";
import { changeDigest } from "../../plan/change-digest.ts";
import { type Artifacts, type DesiredObject, digestOf, installationsOf } from "../artifacts.ts";
import { attempt } from "../outcome.ts";
import { attemptPlan, checkPinned } from "../pinned.ts";
import { compareStack } from "./compare-stack.ts";
import { captureState } from "./extract-applied.ts";
import { openAccess } from "./open-access.ts";
import { preflight } from "./preflight.ts";

export interface ApplyDriverOptions {
  /** What shall be in a cluster, by the revision at hand. */
  readonly desired: (cluster: FleetCluster) => Promise<readonly DesiredObject[]>;
  /** Where a run keeps what it deploys. */
  readonly artifacts: Artifacts;
  readonly now: () => number;
  readonly probe?: HealthProbe | undefined;
  /** Seconds that taking a stack down may take, where a rollback means that. @default 180 */
  readonly timeout?: number | undefined;
}

/**
 * Deploys by the render engine and server-side apply. A run deploys the very objects that its plan has rendered, so
 * that neither a later commit nor a changed configuration gets into it.
 */
export function createApplyDriver(options: ApplyDriverOptions): ClusterDriver {
  const { artifacts, desired: desiredAtHand, now } = options;
  const desiredOf = async ({ name, desiredDigest }: PlannedCluster) => {
    const desired = await artifacts.readDesired(name);
    checkPinned(name, desiredDigest, digestOf(desired));
    return desired;
  };
  const compare = async (target: ClusterTarget, stack: string, desired: readonly DesiredObject[]) =>
    compareStack(await openAccess(target), stack, desired);
  return {
    plan: (cluster, signal) =>
      attemptPlan(
        signal,
        async () => {
          const desired = await desiredAtHand(cluster);
          await artifacts.saveDesired(cluster.name, desired);
          return { desired, desiredDigest: digestOf(desired) };
        },
        async ({ desired }) => {
          const { changes, live } = await compare(cluster.target, cluster.stack, desired);
          return { changes, before: live.filter(isRbac), after: desired.map(({ object }) => object).filter(isRbac) };
        },
      ),
    preflight: (cluster, signal) =>
      attempt(signal, async () => {
        const access = await openAccess(cluster.target);
        return { checks: await preflight(access, cluster.stack, await desiredOf(cluster), now()) };
      }),
    preview: (cluster, signal) =>
      attempt(signal, async () => {
        const { changes, deployed, live } = await compare(cluster.target, cluster.stack, await desiredOf(cluster));
        const previous = await artifacts.saveCapture(cluster.name, captureState(cluster.stack, deployed, live));
        return { changes: changes.length, changeDigest: changeDigest(changes), previous };
      }),
    apply: (cluster, signal) =>
      attempt(signal, async () => {
        const objects = (await desiredOf(cluster)).map(({ object }) => object);
        const access = await openAccess(cluster.target);
        // Since the preflight somebody may have deployed by other means.
        await claimRoots(access.cluster, { stack: cluster.stack, objects }, now());
        await applyStack(access.cluster, { stack: cluster.stack, objects, signal });
        return {};
      }),
    health: (cluster, depth, signal) =>
      attempt(signal, async () => {
        const { cluster: live } = await openAccess(cluster.target);
        const namespaces = installationsOf((await desiredOf(cluster)).map(({ object }) => object));
        return inspectHealth(live, namespaces, depth, options.probe ?? liveProbe);
      }),
    rollback: (cluster, to, signal) =>
      attempt(signal, async () => {
        const { deployed, objects, stack } = await artifacts.readCapture(to);
        const access = await openAccess(cluster.target);
        await guardRollback(access.cluster, objects);
        if (deployed) await applyStack(access.cluster, { stack, objects, signal });
        else await takeDown(access.cluster, stack, objects, { signal, timeout: options.timeout });
        return {};
      }),
    drift: (cluster, signal) =>
      attempt(signal, async () => {
        const { changes } = await compare(cluster.target, cluster.stack, await desiredAtHand(cluster));
        return { changes };
      }),
  };
}

/** Of a first deployment nothing stays. Namespaces that were there before lose only what was applied to them. */
async function takeDown(
  cluster: Cluster,
  stack: string,
  before: readonly ObjectToApply[],
  options: Pick<DeleteOptions, "signal" | "timeout">,
): Promise<void> {
  await deleteStack(cluster, { stack, ...options });
  for (const object of before) await cluster.apply(object);
}

function isRbac({ apiVersion, kind }: ObjectToApply | LiveObject): boolean {
  return groupOf(apiVersion) === "rbac.authorization.k8s.io" || kind === "ServiceAccount";
}
