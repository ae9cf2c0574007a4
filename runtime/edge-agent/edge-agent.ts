import type { V1OwnerReference } from "@kubernetes/client-node";
import type { Clock, Informer, ObjectStore } from "#base";
import { type AgentSettings, digestOfSettings, type IotedgedSettings, type Observation, objectNames } from "#contract";
import { noCredentials } from "#manifest";
import {
  createLoop,
  type EventRecorder,
  type Health,
  type LeaderElection,
  type Logger,
  type Loop,
  type Notice,
  ownerReference,
  type Term,
} from "#shared";
import type { Informers } from "./informers.ts";
import { createManifestSource } from "./manifest-source.ts";
import type { Installation } from "./mapping/installation.ts";
import type { Metrics } from "./metrics.ts";
import { effectNotices, verdictNotices } from "./notices.ts";
import { permissionsCondition } from "./permissions.ts";
import type { WrittenKinds } from "./reconcile/caught-up.ts";
import { byName, isTerminating, modulesWithJobPods, type Observed } from "./reconcile/observed.ts";
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
  /** Takes part in the election of the one replica that writes; absent where there is no other. */
  readonly joinElection?: (owner: V1OwnerReference, lead: (term: Term) => Promise<void>) => LeaderElection;
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
  const { identity, settings, store, joinElection, health, metrics, clock, random, logger } = options;
  const { manifest, serviceAccounts, services, deployments, pods, jobs, claims, pullSecret } = options.informers;
  const written: WrittenKinds = new Map([
    ["ServiceAccount", serviceAccounts],
    ["Service", services],
    ["Deployment", deployments],
    ...(jobs === undefined ? [] : [["Job", jobs] as const]),
    ...(claims === undefined ? [] : [["PersistentVolumeClaim", claims] as const]),
    ...(pullSecret === undefined ? [] : [["Secret", pullSecret] as const]),
  ]);
  const watched: Readonly<Record<string, Informer<unknown>>> = { ...options.informers };
  const source = createManifestSource(() => settings().modules);
  let platform = unknownPlatform;
  let observed: Observation | undefined;
  let stopFreshness = () => {};
  let election: LeaderElection | undefined;
  const leads = () => joinElection === undefined || (election?.leads ?? false);
  /** Replicas that stand by tell nothing. */
  const events: EventRecorder = { record: (notice) => leads() && options.events.record(notice) };

  function tell(notices: readonly Notice[]): void {
    for (const notice of notices) events.record(notice);
  }

  function installation(): Installation | undefined {
    const owner = serviceAccounts.get(objectNames.iotedged);
    if (owner === undefined || isTerminating(owner)) return undefined;
    const credentials = source.inForce?.credentials ?? noCredentials;
    return { identity, settings: settings(), owner: ownerReference(owner), credentials };
  }

  function observe(): Observed {
    const [secret] = pullSecret?.list() ?? [];
    return {
      serviceAccounts: byName(serviceAccounts.list()),
      services: byName(services.list()),
      deployments: byName(deployments.list()),
      jobs: byName(jobs?.list() ?? []),
      leftJobs: jobs === undefined ? modulesWithJobPods(pods.list()) : new Set(),
      claims: byName(claims?.list() ?? []),
      ...(secret === undefined ? {} : { pullSecret: secret }),
    };
  }

  const reconciler = createReconciler({
    source,
    installation,
    leads,
    observe,
    store,
    informers: written,
    announce: (effects) => tell(effectNotices(effects)),
    clock,
    metrics,
    logger,
  });
  const reporter = createReporter({
    runtimeVersion: options.runtimeVersion,
    source,
    installation,
    leads,
    pods,
    workloads: () => [...deployments.list(), ...(jobs?.list() ?? [])],
    failures: () => reconciler.failures,
    observed: () => observed,
    held: () => reconciler.held,
    platform: () => platform,
    store,
    events,
    metrics,
  });

  function repeat(what: string, run: () => Promise<boolean>, timing: { delay: number; resync: number }): Loop {
    const onError = (error: unknown) => logger.warn({ error }, `${what} failed`);
    return createLoop({ run, onError, clock, random, ...timing });
  }
  const reporting = repeat("writing the status", reporter.run, { delay: statusDelay, resync });
  const reconciling = repeat("reconciling", reconcile, { delay: reconcileDelay, resync });
  const checking = repeat("checking the permissions", checkPermissions, { delay: 0, resync: recheck });
  const asking = repeat("reading the system information", askPlatform, { delay: 0, resync: recheck });

  async function reconcile(): Promise<boolean> {
    const seen = { manifest: source.digest, settings: digestOfSettings(settings()) };
    const done = await reconciler.run();
    if (leads()) observed = seen;
    reporting.trigger();
    return done;
  }

  async function checkPermissions(): Promise<boolean> {
    try {
      await options.requirePermissions();
      health.pass(permissionsCondition);
      return true;
    } catch (error) {
      health.fail(permissionsCondition, (error as Error).message);
      throw error;
    }
  }

  async function askPlatform(): Promise<boolean> {
    platform = await options.readPlatform();
    reporting.trigger();
    return true;
  }

  function lookAtManifest(): void {
    if (!source.look(manifest.get(objectNames.deployment))) return;
    const { verdict, version } = source;
    metrics.manifests.inc({ result: verdict.type });
    logger.info({ verdict: verdict.type, version }, "deployment manifest read");
    tell(verdictNotices(verdict));
    reconciling.trigger();
  }

  /** The Lease belongs to the installation, so that the election waits for what owns it. */
  function join(): void {
    const owner = installation()?.owner;
    if (joinElection === undefined || election !== undefined || owner === undefined) return;
    metrics.leader.set(0);
    election = joinElection(owner, lead);
  }

  async function lead({ ended }: Term): Promise<void> {
    metrics.leader.set(1);
    reporter.forget();
    tell(verdictNotices(source.verdict));
    reconciling.trigger();
    await ended;
    metrics.leader.set(0);
    await Promise.all([reconciling.idle(), reporting.idle()]);
  }

  return {
    async start() {
      checking.trigger();
      asking.trigger();
      const lists = await Promise.allSettled(Object.values(watched).map((informer) => informer.start()));
      if (lists.some(({ status }) => status === "rejected")) return false;
      stopFreshness = followFreshness(watched, { clock, health, metrics });
      lookAtManifest();
      manifest.onChange(lookAtManifest);
      for (const informer of written.values()) informer.onChange(reconciling.trigger);
      pods.onChange(reporting.trigger);
      if (jobs === undefined) pods.onChange(reconciling.trigger);
      if (joinElection === undefined) metrics.leader.set(1);
      serviceAccounts.onChange(join);
      join();
      reconciling.trigger();
      return true;
    },
    settingsChanged() {
      lookAtManifest();
      reconciling.trigger();
    },
    async stop() {
      stopFreshness();
      await Promise.all([reconciling, reporting, checking, asking].map((loop) => loop.stop()));
      await election?.stop();
      for (const informer of Object.values(watched)) informer.stop();
    },
  };
}
