import type { Clock, ObjectStore } from "#base";
import { type AgentSettings, type IotedgedSettings, objectNames } from "#contract";
import type { DevicePlace } from "#iot-hub";
import { noCredentials } from "#manifest";
import {
  createLeadership,
  createLoop,
  type EventRecorder,
  type Health,
  type JoinElection,
  type Logger,
  type Loop,
  type Notice,
  ownerReference,
} from "#shared";
import { type FollowedPlace, followPlace, type PlaceMove } from "./hub/device-place.ts";
import { createHubModule, type HubAccess, type HubModule, type HubModuleOptions } from "./hub/hub-module.ts";
import { type Informers, observe, writtenKinds } from "./informers.ts";
import { createManifestSource, type ManifestSource } from "./manifest-source.ts";
import { createManifestWatch } from "./manifest-watch.ts";
import type { Installation } from "./mapping/installation.ts";
import type { Metrics } from "./metrics.ts";
import { effectNotices, manifestReference, verdictNotices } from "./notices.ts";
import { checkPermissions } from "./permissions.ts";
import { createIdentityGate, type IdentityGate } from "./reconcile/identity-gate.ts";
import { isTerminating } from "./reconcile/observed.ts";
import { createReconciler } from "./reconcile/reconciler.ts";
import { type Platform, unknownPlatform } from "./status/platform.ts";
import { createReporter } from "./status/reporter.ts";
import { followFreshness } from "./watch-freshness.ts";

/** What EdgeAgent needs of the world. */
export interface EdgeAgentOptions {
  readonly runtimeVersion: string;
  readonly identity: IotedgedSettings;
  /** Read anew for each run. */
  readonly settings: () => AgentSettings;
  readonly informers: Informers;
  readonly store: ObjectStore;
  readonly events: EventRecorder;
  /** Throws while a right is missing. */
  readonly requirePermissions: () => Promise<void>;
  readonly readPlatform: () => Promise<Platform>;
  /** How to reach IoT Hub; absent where the installation stands alone. */
  readonly hub?: HubAccess;
  /** Absent where there is no other replica. */
  readonly joinElection?: JoinElection;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** EdgeAgent at work. */
export interface EdgeAgent {
  /** Resolves when every informer has its first list; with false when it was stopped before. */
  start(): Promise<boolean>;
  /** Looks at the settings again. */
  settingsChanged(): void;
  stop(): Promise<void>;
}

/** Changes that come within that many milliseconds are handled together. */
const reconcileDelay = 100;
const statusDelay = 500;
const resync = 10 * 60_000;
const recheck = 60 * 60_000;

/** Connects the parts: watched objects trigger loops, and each loop compares and writes. */
export function createEdgeAgent(options: EdgeAgentOptions): EdgeAgent {
  const { identity, settings, informers, store, joinElection, health, metrics, clock, logger } = options;
  const { manifest, serviceAccounts, deployments, pods, jobs } = informers;
  const written = writtenKinds(informers);
  const connected = options.hub !== undefined;
  const source = createManifestSource(identity.installation, () => settings().modules, connected);
  const reference = manifestReference(connected);
  let platform = unknownPlatform;
  let stopFreshness = () => {};

  const place = placeFor(options, moved);
  const installation = () => findInstallation(options, source, place.current);
  const finish = () => Promise.all([hub?.stop(), loops.reconciling.idle(), loops.reporting.idle()]);
  const leadership = createLeadership({ join: joinElection, gauge: metrics.leader, begin: beginTerm, finish });
  const leads = () => leadership.leads;
  /** Only the leader records Events. */
  const events: EventRecorder = { record: (notice) => leads() && options.events.record(notice) };
  const tellVerdict = () => recordAll(events, verdictNotices(source.verdict, reference));
  const common = { source, installation, leads, store, metrics };
  const identityGate = gateOf(options, () => loops.reconciling.trigger());
  const reconciler = createReconciler({
    ...{ ...common, identityGate, settings, informers: written, clock, logger },
    observe: () => observe(informers),
    announce: (effects) => recordAll(events, effectNotices(effects, reference)),
  });
  const reporter = createReporter({
    ...common,
    runtimeVersion: options.runtimeVersion,
    pods,
    workloads: () => [...deployments.list(), ...(jobs?.list() ?? [])],
    progress: reconciler,
    platform: () => platform,
    hub: () => hub?.record,
    events,
  });
  const loops = createLoops(options, {
    reconciling: async () => {
      const done = await reconciler.run();
      loops.reporting.trigger();
      return done;
    },
    reporting: async () => {
      const done = await reporter.run();
      hub?.report();
      return done;
    },
    asking: async () => {
      platform = await options.readPlatform();
      loops.reporting.trigger();
      return true;
    },
  });

  const watch = createManifestWatch(source, () => {
    account(source, options);
    tellVerdict();
    loops.reconciling.trigger();
  });
  const onRecord = loops.reporting.trigger;
  const hub = hubFor(options, { place, events, onManifest: watch.take, latest: () => reporter.latest, onRecord });

  function moved(_: DevicePlace, before: DevicePlace | undefined): void {
    standForElection();
    loops.reconciling.trigger();
    if (before !== undefined) hub?.moved();
  }
  function beginTerm(): void {
    reporter.forget();
    if (connected) watch.forget();
    tellVerdict();
    loops.reconciling.trigger();
    hub?.start();
  }

  const standForElection = () => leadership.stand(installation()?.owner);

  /** Acts on what the informers show, now and after each change. */
  function follow(): void {
    stopFreshness = followFreshness({ ...informers }, { clock, health, metrics });
    if (manifest !== undefined) watch.follow(manifest);
    const deciding = [...written.values(), ...(jobs === undefined ? [pods] : [])];
    for (const informer of deciding) informer.onChange(loops.reconciling.trigger);
    pods.onChange(loops.reporting.trigger);
    // Pods change often, and decide nothing but when an image has been fetched, and when an old pod has ended.
    const isDecided = () => reconciler.fetching.size === 0 && reconciler.ending.size === 0;
    pods.onChange(() => isDecided() || loops.reconciling.trigger());
    if (joinElection === undefined) {
      metrics.leader.set(1);
      hub?.start();
    }
    serviceAccounts.onChange(standForElection);
    standForElection();
    place.start();
    loops.reconciling.trigger();
  }
  return {
    async start() {
      loops.checking.trigger();
      loops.asking.trigger();
      const lists = await Promise.allSettled(Object.values(informers).map((informer) => informer.start()));
      if (lists.some(({ status }) => status === "rejected")) return false;
      follow();
      return true;
    },
    settingsChanged() {
      watch.look();
      loops.reconciling.trigger();
    },
    async stop() {
      stopFreshness();
      await Promise.all(Object.values(loops).map((loop) => loop.stop()));
      await leadership.stop();
      await Promise.all([hub?.close(), identityGate?.stop(), place.stop()]);
      for (const informer of Object.values(informers)) informer.stop();
    },
  };
}

function recordAll(events: EventRecorder, notices: readonly Notice[]): void {
  for (const notice of notices) events.record(notice);
}

/** Undefined where modules have no identity in a hub to wait for. */
function gateOf({ hub, clock, random, logger }: EdgeAgentOptions, onChange: () => void): IdentityGate | undefined {
  if (hub?.identities === undefined) return undefined;
  const onError = (error: unknown) => logger.warn({ error }, "the modules' identities in IoT Hub cannot be read");
  return createIdentityGate({ read: hub.identities, onChange, onError, clock, random });
}

/** Undefined where the installation stands alone. */
function hubFor(
  options: EdgeAgentOptions,
  own: Pick<HubModuleOptions, "events" | "onManifest" | "latest" | "onRecord"> & { readonly place: FollowedPlace },
): HubModule | undefined {
  const access = options.hub;
  return access && createHubModule({ ...options, ...own, access, place: () => own.place.current });
}

function placeFor({ identity, hub, clock, random, logger }: EdgeAgentOptions, onMove: PlaceMove): FollowedPlace {
  const onError = (error: unknown) => logger.warn({ error }, "where the device is in IoT Hub cannot be read");
  return followPlace({ settings: identity, read: hub?.record, onMove, onError, clock, random });
}

/** Undefined while the owner of the modules' objects is not there, or the device has no place in a hub yet. */
function findInstallation(
  { identity, settings, informers }: EdgeAgentOptions,
  { inForce }: ManifestSource,
  place: DevicePlace | undefined,
): Installation | undefined {
  const owner = informers.serviceAccounts.get(objectNames.iotedged);
  if (owner === undefined || isTerminating(owner) || place === undefined) return undefined;
  const credentials = inForce?.credentials ?? noCredentials;
  return {
    identity: { ...identity, ...place },
    settings: settings(),
    owner: ownerReference(owner),
    credentials,
    serviceAccounts: informers.serviceAccounts,
  };
}

function account({ verdict, version }: ManifestSource, { metrics, logger }: EdgeAgentOptions): void {
  metrics.manifests.inc({ result: verdict.type });
  logger.info({ verdict: verdict.type, version }, "deployment manifest read");
}

type Work = () => Promise<boolean>;

function createLoops(
  { requirePermissions, health, clock, random, logger }: EdgeAgentOptions,
  work: { readonly reconciling: Work; readonly reporting: Work; readonly asking: Work },
) {
  function repeat(what: string, run: Work, timing: { delay: number; resync: number }): Loop {
    const onError = (error: unknown) => logger.warn({ error }, `${what} failed`);
    return createLoop({ run, onError, clock, random, ...timing });
  }
  const check = () => checkPermissions(requirePermissions, health);
  return {
    reconciling: repeat("reconciling", work.reconciling, { delay: reconcileDelay, resync }),
    reporting: repeat("writing the status", work.reporting, { delay: statusDelay, resync }),
    checking: repeat("checking the permissions", check, { delay: 0, resync: recheck }),
    asking: repeat("reading the system information", work.asking, { delay: 0, resync: recheck }),
  };
}
