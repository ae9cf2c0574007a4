import type { Clock, JsonObject } from "#base";
import { type HubRecord, type RegisteredIdentity, systemModuleIds, type TwinRecord } from "#contract";
import {
  type ConnectionState,
  createModuleConnection,
  type DevicePlace,
  type HubIdentity,
  type ModuleConnectionOptions,
  type OpenLink,
  type TwinDocument,
} from "#iot-hub";
import { createLoop, type EventRecorder, type Logger } from "#shared";
import type { ManifestDocument } from "../manifest-source.ts";
import type { Report } from "../status/reported-properties.ts";
import { isSamePlace } from "./device-place.ts";
import type { HubMetrics } from "./hub-metrics.ts";
import { hubNotice, reportRefusedNotice } from "./hub-notices.ts";
import { hubUnknown } from "./hub-record.ts";
import { createMethods } from "./methods/methods.ts";
import type { ModuleApi } from "./methods/module-api.ts";
import { reportedTwin } from "./reported-twin.ts";
import { keepTwinRecord } from "./twin-record.ts";
import { createTwinReporter } from "./twin-reporter.ts";

/** What a connected EdgeAgent needs of the world beside what any needs. */
export interface HubAccess {
  readonly identify: () => Promise<HubIdentity>;
  readonly open: OpenLink;
  /** What iotedged says of the modules' identities; without it, modules do not wait for theirs. */
  readonly identities?: () => Promise<readonly RegisteredIdentity[]>;
  /** What iotedged says of the hub: where the device is, where the settings leave that to a provisioning service. */
  readonly record?: () => Promise<HubRecord>;
  readonly target?: NonNullable<ModuleConnectionOptions["target"]>;
  /** Seconds that a token is good for. */
  readonly tokenLife?: number;
  readonly modules: ModuleApi;
  readonly metrics: HubMetrics;
}

/** EdgeAgent as the module `$edgeAgent` of IoT Hub. */
export interface HubModule {
  /** What is told of the connection in the cluster. */
  readonly record: TwinRecord;
  /** Connects, as the leader alone may. */
  start(): void;
  /** Disconnects; it can be started again. */
  stop(): Promise<void>;
  /** The device is in another hub: connects anew, where it is connected. */
  moved(): void;
  /** There may be something new to report. */
  report(): void;
  /** Stops for good. */
  close(): Promise<void>;
}

/** Milliseconds in which changes are joined to one report. */
const reportDelay = 1000;
const resync = 10 * 60_000;
/** What the hub writes into desired properties, and is nothing of a manifest. */
const ofHub = new Set(["$version", "$metadata"]);
const results: ReadonlyMap<string, string> = new Map([
  ["EDGE_HUB_CONNECTION_UNAUTHORIZED", "unauthorized"],
  ["EDGE_HUB_CONNECTION_CONTESTED", "contested"],
]);

export interface HubModuleOptions {
  readonly access: HubAccess;
  readonly runtimeVersion: string;
  readonly place: () => DevicePlace | undefined;
  /** Told the desired properties, which are the manifest. */
  readonly onManifest: (document: ManifestDocument) => void;
  /** The newest report; undefined while there is none. */
  readonly latest: () => Report | undefined;
  /** Told when the record has changed. */
  readonly onRecord: () => void;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

export function createHubModule(options: HubModuleOptions): HubModule {
  const { access, onManifest, latest, onRecord, events, clock, random, logger } = options;
  const { metrics } = access;
  const origin = () => ({ hub: options.place()?.hubHostname ?? "", deviceId: options.place()?.deviceId ?? "" });
  const twinRecord = keepTwinRecord(clock);
  let working = false;

  function onTwin(twin: TwinDocument): void {
    metrics.desiredVersion.set(twin.version);
    twinRecord.desired(twin.version);
    reporter.hubHas(twin.reported);
    onManifest(manifestOf(twin));
    reporting.trigger();
  }

  function onState(state: ConnectionState): void {
    metrics.connected.set(state.type === "connected" ? 1 : 0);
    if (twinRecord.state(state)) onRecord();
    const notice = hubNotice(state);
    if (notice !== undefined) events.record(notice);
    if (state.type === "connected") {
      metrics.connections.inc({ result: "connected" });
      logger.info("connected to IoT Hub");
    } else if (state.type === "disconnected") {
      reporter.hubHas(undefined);
      metrics.connections.inc({ result: results.get(state.error.code) ?? "failed" });
      logger.warn({ error: state.error }, "not connected to IoT Hub");
    }
  }

  /** The hub that modules are told, and no other: what a hub desires is brought about with its name in their environment. */
  async function identify(): Promise<HubIdentity> {
    const identity = await access.identify();
    const place = options.place();
    if (place === undefined || isSamePlace(identity, place)) return identity;
    throw hubUnknown(`modules are told ${identity.hubHostname} in place of ${place.hubHostname} first`);
  }

  const connection = createModuleConnection({
    ...access,
    identify,
    moduleId: systemModuleIds.edgeAgent,
    productInfo: `EdgeAgent/${options.runtimeVersion} (Kubernetes)`,
    ...{ onTwin, onState, clock, random },
    onMethod: createMethods({ api: access.modules, origin, metrics, clock }),
  });
  const reporter = createTwinReporter({
    connection,
    wanted: () => wantedOf(latest()),
    onTaken: (version) => {
      if (twinRecord.reported(version)) onRecord();
    },
    onRefused: (status) => events.record(reportRefusedNotice(status)),
    metrics,
  });
  const onError = (error: unknown) => logger.warn({ error }, "reporting to IoT Hub failed");
  const reporting = createLoop({ run: reporter.run, onError, clock, random, delay: reportDelay, resync });

  async function stop(): Promise<void> {
    if (!working) return;
    working = false;
    await disconnect();
  }

  async function disconnect(): Promise<void> {
    await connection.stop();
    reporter.hubHas(undefined);
    metrics.connected.set(0);
  }

  return {
    get record() {
      return twinRecord.record;
    },
    start() {
      working = true;
      connection.start();
    },
    stop,
    moved() {
      if (!working) return;
      void disconnect().then(() => {
        if (working) connection.start();
      });
    },
    report: reporting.trigger,
    async close() {
      await stop();
      await reporting.stop();
    },
  };
}

/** A document that has nothing but its version is no manifest. */
function manifestOf({ desired, version }: TwinDocument): ManifestDocument {
  const isEmpty = Object.keys(desired).every((key) => ofHub.has(key));
  return { text: isEmpty ? undefined : JSON.stringify(desired), version };
}

/** Before the desired properties were read there is nothing to say about them. */
function wantedOf(report: Report | undefined): JsonObject | undefined {
  return report === undefined || report.verdict.type === "unknown" ? undefined : reportedTwin(report);
}
