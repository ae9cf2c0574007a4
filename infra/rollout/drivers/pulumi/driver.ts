import { mapConcurrently } from "#base";
import { certificatesOf } from "../../../check/index.ts";
import { parentOf, trustRefusals } from "../../../deploy/index.ts";
import type { ObjectToApply } from "../../../kubernetes/index.ts";
import { rolloutErrors } from "../../errors.ts";
import { type HealthProbe, inspectHealth, liveProbe } from "../../health/inspect.ts";
import type { Check, ClusterDriver, ClusterTarget, Revision } from "../../model/index.ts";
import { changeDigest } from "../../plan/change-digest.ts";
import { type DesiredObject, digestOf, installationsOf } from "../artifacts.ts";
import { checkCertificates, checkServerVersion, checkTrust } from "../checks.ts";
import { attempt } from "../outcome.ts";
import { attemptPlan, checkPinned } from "../pinned.ts";
import { openAccess } from "../server-side-apply/open-access.ts";
import { checkRights } from "../server-side-apply/preflight.ts";
import { type CapturedUpdate, captureUpdate, returnMessage, updateMessage } from "./last-update.ts";
import type { OpenStack } from "./open-stack.ts";
import { readPreview } from "./stack-events.ts";
import { explained, whenUnlocked } from "./stack-lock.ts";

export interface PulumiDriverOptions {
  /** The run's id and git revision. Undefined while a plan is made. */
  readonly run: string | undefined;
  readonly revision: string;
  /** Opens a stack with the program and configuration of a revision, and the image references of a run. */
  readonly open: (
    stack: string,
    target: ClusterTarget,
    source: { readonly revision: string; readonly run: string | undefined },
  ) => Promise<OpenStack>;
  /** What a stack declares at the revision, as far as it is known without a deployment. */
  readonly desired: (stack: string) => Promise<readonly DesiredObject[]>;
  /** SHA-256 of what decides about a stack besides the revision: its configuration and the image references. */
  readonly inputsDigest: (stack: string) => Promise<string>;
  readonly saveCapture: (cluster: string, captured: CapturedUpdate) => Promise<Revision>;
  readonly readCapture: (revision: Revision) => Promise<CapturedUpdate>;
  readonly now: () => number;
  readonly probe?: HealthProbe | undefined;
  /** Seconds to wait for another operation on the same stack before the cluster is put off. @default 15 */
  readonly lockTimeout?: number | undefined;
}

const history = 20;
/**
 * Pulumi reads a stack's secrets by the project's own file, which need not have their salt: it is in the copy that names
 * the target. Asked for secrets it would even write a salt into the checkout.
 */
const showSecrets = false;

/**
 * Deploys by the Pulumi CLI through its Automation API. A run runs the program of its own git revision, checked out
 * beside the working tree; a rollback runs that of the update before it.
 */
export function createPulumiDriver(options: PulumiDriverOptions): ClusterDriver {
  const { run, revision, desired, now, lockTimeout: timeout = 15 } = options;
  const own = { revision, run };
  const preview = async (stack: string, target: ClusterTarget, signal: AbortSignal) => {
    const opened = await options.open(stack, target, own);
    const lock = {
      stack,
      verb: "preview",
      timeout,
      signal,
      cancel: opened.cancel,
      release: () => opened.stack.cancel(),
    };
    const previewed = await whenUnlocked(lock, async ({ events, onEvent }) => {
      await opened.stack.preview({ configFile: opened.configFile, signal, onEvent });
      return readPreview(events);
    });
    return { opened, ...previewed };
  };
  const desiredDigest = async (stack: string) => digestOf({ revision, inputs: await options.inputsDigest(stack) });
  /** What the program was run from last, or the revision at hand where that is not known. */
  const deployedSource = async (stack: string, target: ClusterTarget) => {
    const { stack: opened } = await options.open(stack, target, own);
    const { update } = captureUpdate(stack, await readHistory(opened, stack));
    if (update?.revision === undefined || update.dirty) return own;
    return { revision: update.revision, run: update.run };
  };
  const objectsOf = async (stack: string) => (await desired(stack)).map(({ object }) => object);
  return {
    plan: ({ stack, target }, signal) =>
      attemptPlan(
        signal,
        async () => ({ desiredDigest: await desiredDigest(stack) }),
        async () => {
          const { changes, before, after } = await preview(stack, target, signal);
          return { changes, before, after };
        },
      ),
    preflight: ({ stack, target }, signal) =>
      attempt(signal, async () => ({ checks: await preflight(stack, target, await objectsOf(stack), now()) })),
    preview: (cluster, signal) =>
      attempt(signal, async () => {
        checkPinned(cluster.name, cluster.desiredDigest, await desiredDigest(cluster.stack));
        const { opened, changes } = await preview(cluster.stack, cluster.target, signal);
        const captured = captureUpdate(cluster.stack, await readHistory(opened.stack, cluster.stack));
        const previous = await options.saveCapture(cluster.name, captured);
        return { changes: changes.length, changeDigest: changeDigest(changes), previous };
      }),
    apply: ({ name, stack, target, desiredDigest: pinned }, signal) =>
      attempt(signal, async () => {
        checkPinned(name, pinned, await desiredDigest(stack));
        const { stack: opened, configFile, cancel } = await options.open(stack, target, own);
        const message = updateMessage(run ?? revision);
        const lock = { stack, verb: "deploy", timeout, signal, cancel, release: () => opened.cancel() };
        await whenUnlocked(lock, ({ onEvent }) => opened.up({ configFile, message, signal, onEvent, showSecrets }));
        return {};
      }),
    health: ({ stack, target }, depth, signal) =>
      attempt(signal, async () => {
        const { cluster } = await openAccess(target);
        return inspectHealth(cluster, installationsOf(await objectsOf(stack)), depth, options.probe ?? liveProbe);
      }),
    rollback: ({ stack, target }, to, signal) =>
      attempt(signal, async () => {
        const { update } = await options.readCapture(to);
        const lock = { stack, verb: "bring back", timeout, signal };
        if (update === undefined) {
          const { stack: opened, configFile, cancel } = await options.open(stack, target, own);
          await whenUnlocked({ ...lock, cancel, release: () => opened.cancel() }, async ({ onEvent }) => {
            // Finds what is protected before anything is deleted.
            await opened.previewDestroy({ configFile, signal, onEvent });
            await opened.destroy({ configFile, signal, onEvent, showSecrets });
          });
          return {};
        }
        const problem = update.dirty ? "it was deployed from uncommitted changes" : "no git revision was recorded";
        if (update.dirty || update.revision === undefined)
          throw rolloutErrors.EDGE_ROLLOUT_NO_PREVIOUS({ stack, problem });
        const source = { revision: update.revision, run: update.run };
        const { stack: opened, configFile, cancel } = await options.open(stack, target, source);
        const message = update.run ? updateMessage(update.run) : returnMessage(update.number);
        // An update that was cut off has changed what the state still has as before: only the cluster knows.
        const refresh = true;
        await whenUnlocked({ ...lock, cancel, release: () => opened.cancel() }, ({ onEvent }) =>
          opened.up({ configFile, message, signal, onEvent, showSecrets, refresh }),
        );
        return {};
      }),
    drift: ({ stack, target }, signal) =>
      attempt(signal, async () => {
        const {
          stack: opened,
          configFile,
          cancel,
        } = await options.open(stack, target, await deployedSource(stack, target));
        const lock = { stack, verb: "compare", timeout, signal, cancel, release: () => opened.cancel() };
        const { changes } = await whenUnlocked(lock, async ({ events, onEvent }) => {
          await opened.preview({ configFile, refresh: true, signal, onEvent });
          return readPreview(events);
        });
        return { changes };
      }),
  };
}

async function readHistory(opened: OpenStack["stack"], stack: string) {
  try {
    return await opened.history(history, undefined, showSecrets);
  } catch (error) {
    throw explained(error, stack, "read the history of");
  }
}

/** Drift is left to `edgectl rollout drift`: a refresh takes Pulumi minutes on a slow link. */
async function preflight(
  stack: string,
  target: ClusterTarget,
  objects: readonly ObjectToApply[],
  now: number,
): Promise<readonly Check[]> {
  const access = await openAccess(target);
  const version = await access.send({ method: "GET", path: "/version" });
  const holders = objects.filter(({ kind }) => kind === "Secret" || kind === "ConfigMap");
  const [live, rights, refusals] = await Promise.all([
    mapConcurrently(holders, ({ apiVersion, kind, metadata }) => access.cluster.get({ apiVersion, kind, ...metadata })),
    checkRights(access, parentOf(stack).namespace, objects),
    trustRefusals(access.cluster, objects, now),
  ]);
  return [
    { id: "reachable", severity: "ok", message: "the API server answers", evidence: access.cluster.server, fix: "" },
    checkServerVersion(String(version.body?.gitVersion ?? "")),
    ...rights,
    ...checkTrust(refusals),
    checkCertificates(certificatesOf(live.filter((object) => object !== undefined)), now),
  ];
}
