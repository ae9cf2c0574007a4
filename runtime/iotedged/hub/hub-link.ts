import type { KeyObject } from "node:crypto";
import type { Clock } from "#base";
import { generationIdOf, type HubRecord, type IotedgedSettings } from "#contract";
import {
  type ConnectHttps,
  certificateProblem,
  connectHttps,
  createDeviceConnections,
  type DevicePlace,
  placeOf,
} from "#iot-hub";
import type { EventRecorder, Health, Logger } from "#shared";
import { moduleIdOf } from "../authentication/module-identity.ts";
import type { Cluster } from "../cluster.ts";
import type { LedWork } from "../edge-agent-watch.ts";
import { moduleKey } from "../keys/sign.ts";
import { listWorkloads } from "../management/workloads.ts";
import type { Metrics } from "../metrics.ts";
import { followCredential } from "./credential.ts";
import { followGoneModules, type GoneModules } from "./gone-modules.ts";
import { firstRecord, shareHubRecord, withChange, withPlace } from "./hub-record.ts";
import { createIdentityKeeper } from "./identity-keeper.ts";
import { linkRegistry } from "./linked-registry.ts";
import { createHubMetrics } from "./metrics.ts";
import { createHubNotices } from "./notices.ts";
import type { WantedIdentity } from "./plan.ts";

/** A connected installation's way to its hub. */
export interface HubLink {
  /** How it fares, as the leader says. */
  status(): Promise<HubRecord>;
  /** Which device of which hub this is; undefined while a provisioning service has not said it. */
  place(): Promise<DevicePlace | undefined>;
  /** What the leader does: it keeps the hub's identities of the modules. */
  readonly led: LedWork;
  stop(): Promise<void>;
}

/** Milliseconds. */
const placeFreshness = 10_000;
/** Name of what is degraded while the hub takes no calls. */
const degradation = "iot-hub";

interface HubLinkOptions {
  /** Before every mounted path; empty but in tests. */
  readonly root: string;
  readonly settings: IotedgedSettings;
  readonly keys: { readonly rootKey: KeyObject };
  readonly cluster: Pick<Cluster, "informers" | "hubRecords">;
  readonly events: EventRecorder;
  readonly health: Health;
  readonly clock: Clock;
  readonly random: () => number;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** @default by DNS and the network */
  readonly connect?: ConnectHttps | undefined;
}

/** @returns undefined where the installation stands alone */
export async function linkHub(options: HubLinkOptions): Promise<HubLink | undefined> {
  const { settings } = options;
  if (settings.provisioning === undefined) return undefined;
  return openLink(options, settings.provisioning);
}

async function openLink(
  options: HubLinkOptions,
  provisioning: NonNullable<IotedgedSettings["provisioning"]>,
): Promise<HubLink> {
  const { root, settings, keys, cluster, events, health, clock, random, log } = options;
  const { informers, hubRecords } = cluster;
  const metrics = createHubMetrics(options.metrics.registry);
  const notices = createHubNotices(events);
  const credential = await followCredential({ root, settings, clock, log });
  const ending = new AbortController();
  const { trustedCas: ca = [], proxy } = provisioning;
  const connections = createDeviceConnections(options.connect ?? connectHttps, { ca, proxy });
  let leads = () => false;
  let record = firstRecord(settings, clock.now());

  const onError = (error: unknown) => log.warn({ error }, "how the hub fares cannot be kept");
  const shared = shareHubRecord({
    ...{ store: hubRecords, settings, serviceAccounts: informers.serviceAccounts },
    ...{ record: () => record, leads: () => leads(), clock, random, onError },
  });
  const status = async () => (leads() ? record : ((await shared.read()) ?? record));

  function change(what: Parameters<typeof withChange>[1]): void {
    const before = record;
    record = withChange(record, what, clock.now());
    shared.write();
    if (record.since === before.since && record.state === before.state) return;
    const { state, problem } = record;
    metrics.connected.set(state === "connected" ? 1 : 0);
    if (problem === undefined) health.recover(degradation);
    else health.degrade(degradation, `${problem.code}: ${problem.message}`);
    log.info({ ...placeOf(record), state, problem }, "the hub");
    if (state === "connected") notices.connected(record.hubHostname ?? "");
  }

  function move(place: DevicePlace): void {
    const before = record;
    record = withPlace(record, place, clock.now());
    if (record === before) return;
    keeper.moved();
    log.info(placeOf(record), "the device's place");
    shared.write();
  }

  const registry = linkRegistry({
    ...{ settings, provisioning, connections, clock, metrics, notices },
    ending: ending.signal,
    credentials: () => credential.current.credentials,
    recall: async () => placeOf((await shared.read()) ?? {}),
    onPlace: move,
  });

  const keeper = createIdentityKeeper({
    ...{ leads: () => leads(), clock, random, onError },
    wanted: () => wantedIdentities(informers, keys.rootKey),
    gone: {
      get ids() {
        return gone.ids;
      },
      forget: (moduleId) => gone.forget(moduleId),
    },
    registry,
    onCall: (operation, failure) => {
      if (!failure?.ofProvisioning) metrics.calls.inc({ operation, result: failure?.kind ?? "ok" });
      // What has changed meanwhile is no fault, and what is refused of one module keeps nobody from the hub.
      if (failure?.kind === "stale" || (failure?.kind === "refused" && operation !== "list")) return;
      if (failure === undefined) return change({ problem: null });
      const { credentials, problem } = credential.current;
      const error =
        (credentials.length === 0 && problem) || certificateProblem(credentials, clock.now()) || failure.error;
      change({ problem: error });
      notices.failed({ ...failure, error });
    },
    onIdentities: (identities) => {
      for (const state of ["ready", "waiting", "foreign", "refused"] as const)
        metrics.identities.set({ state }, identities.filter((one) => one.state === state).length);
      notices.identities(identities);
      change({ identities });
    },
  });
  const gone = followGone(informers, clock, keeper.trigger);
  const tellCredential = () => {
    const { credentials, problem } = credential.current;
    const end = credentials[0]?.type === "certificate" ? credentials[0].notAfter : 0;
    metrics.certificateEnd.set(end / 1000);
    if (problem !== undefined && leads()) notices.badCredential(problem);
  };
  const { serviceAccounts, deployments, jobs } = informers;
  const deciding = [serviceAccounts, deployments, ...(jobs ? [jobs] : [])];
  const unsubscribe = deciding.map((informer) => informer.onChange(keeper.trigger));
  const credentialChanged = credential.onChange(() => {
    tellCredential();
    registry.credentialChanged();
    keeper.triggerAnew();
  });
  return {
    status,
    place: cachedFor(placeFreshness, clock, async () => placeOf(await status())),
    led: {
      begin: (isLeader) => {
        leads = isLeader;
        record = firstRecord(settings, clock.now());
        registry.begin();
        tellCredential();
        keeper.triggerAnew();
      },
      finish: async () => {
        metrics.connected.set(0);
        await keeper.rest();
      },
    },
    stop: async () => {
      for (const end of [...unsubscribe, credentialChanged]) end();
      ending.abort();
      await Promise.all([keeper.stop(), shared.stop()]);
      gone.stop();
      credential.stop();
      await connections.close();
    },
  };
}

/** Which modules are gone, with all that ran them. */
function followGone(informers: Cluster["informers"], clock: Clock, onGone: () => void): GoneModules {
  const runs = (names: readonly string[]) =>
    listWorkloads(informers).some(({ metadata }) => names.includes(metadata.name));
  return followGoneModules({ serviceAccounts: informers.serviceAccounts, runs, clock, onGone });
}

/** The last answer, for a while: each certificate asks, and a replica that does not lead asks the API server. */
function cachedFor<T>(milliseconds: number, clock: Clock, read: () => Promise<T | undefined>) {
  let known: { readonly value: T; readonly until: number } | undefined;
  return async (): Promise<T | undefined> => {
    if (known !== undefined && clock.now() < known.until) return known.value;
    const value = await read();
    known = value === undefined ? undefined : { value, until: clock.now() + milliseconds };
    return value;
  };
}

/** The modules that are here, each with the keys that it gets its signatures by. */
function wantedIdentities({ serviceAccounts }: Cluster["informers"], rootKey: KeyObject): readonly WantedIdentity[] {
  return serviceAccounts.list().flatMap((account): readonly WantedIdentity[] => {
    const moduleId = moduleIdOf(account);
    const generationId = generationIdOf(account.metadata);
    if (moduleId === undefined || generationId === undefined || account.metadata.deletionTimestamp !== undefined)
      return [];
    const keyOf = (keyId: string) => moduleKey(rootKey, { moduleId, generationId }, keyId).toString("base64");
    return [{ moduleId, generationId, keys: { primary: keyOf("primary"), secondary: keyOf("secondary") } }];
  });
}
