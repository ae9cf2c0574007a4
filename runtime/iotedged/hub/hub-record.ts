import { isDeepStrictEqual } from "node:util";
import { Value } from "typebox/value";
import { type Clock, type EdgeError, type Informer, type ObjectStore, parseJson } from "#base";
import {
  dataKeys,
  type HubRecord,
  HubRecordSchema,
  type IotedgedSettings,
  objectNames,
  type RegisteredIdentity,
} from "#contract";
import { type DevicePlace, placeOf } from "#iot-hub";
import { createLoop, type Loop, ownerReference, type ServiceAccount } from "#shared";
import { createTrustConfigMap } from "../trust-config-map.ts";

const maxText = 512 * 1024;
const delay = 200;
const never = 2 ** 31 - 1;

/** What of the settings says whose record it is. */
export type RecordSettings = Pick<IotedgedSettings, "hubHostname" | "deviceId" | "provisioning">;

/**
 * The record of an installation that has asked its hub nothing yet. Each term of a leader begins with it: since an earlier one
 * another replica may have found the device in another hub.
 */
export function firstRecord(settings: RecordSettings, now: number): HubRecord {
  const { hubHostname, deviceId, provisioning } = settings;
  const registration = provisioning?.registration;
  return {
    ...(registration !== undefined && { registration }),
    ...(hubHostname !== undefined && deviceId !== undefined && { hubHostname, deviceId }),
    ...{ state: "connecting", since: new Date(now).toISOString(), identities: [] },
  };
}

/** Whether the record is of the device that the settings are of: they may have changed since it was written. */
export function isRecordOf(record: HubRecord, settings: RecordSettings): boolean {
  const { hubHostname, deviceId, provisioning } = settings;
  if (provisioning?.registration !== undefined)
    return isDeepStrictEqual(record.registration, provisioning.registration);
  return record.hubHostname === hubHostname && record.deviceId === deviceId;
}

/** The record after the device was found to be somewhere: in another hub nothing of it is known yet. */
export function withPlace(record: HubRecord, { hubHostname, deviceId }: DevicePlace, now: number): HubRecord {
  if (record.hubHostname === hubHostname && record.deviceId === deviceId) return record;
  const { registration } = record;
  return {
    ...(registration !== undefined && { registration }),
    ...{ hubHostname, deviceId, state: "connecting", since: new Date(now).toISOString(), identities: [] },
  };
}

/** What of the record changes. */
export interface RecordChange {
  /** What keeps the installation from its hub; null where nothing does. */
  readonly problem?: EdgeError | null;
  readonly identities?: readonly RegisteredIdentity[];
}

/** The record with a change; `since` is when its state, or its problem, became another. */
export function withChange(record: HubRecord, { problem, identities }: RecordChange, now: number): HubRecord {
  const { problem: before, ...rest } = record;
  const changed = { ...record, ...(identities && { identities: [...identities] }) };
  if (problem === undefined) return changed;
  const isSame = problem === null ? record.state === "connected" : before?.code === problem.code;
  const told = problem === null ? {} : { problem: { code: problem.code, message: problem.message } };
  const state = problem === null ? ("connected" as const) : ("failed" as const);
  const since = isSame ? record.since : new Date(now).toISOString();
  return { ...rest, identities: changed.identities, state, since, ...told };
}

/** How the installation fares with its hub, as all replicas tell it. */
export interface SharedHubRecord {
  /** What a leader has written last of this device; undefined where there is none. */
  read(): Promise<HubRecord | undefined>;
  /** Writes soon what `record` is then. */
  write(): void;
  stop(): Promise<void>;
}

/** Keeps the leader's record in ConfigMap `iotedged-trust`, under a key and a field manager of its own. */
export function shareHubRecord(options: {
  readonly store: ObjectStore;
  readonly settings: RecordSettings & Pick<IotedgedSettings, "installation">;
  readonly serviceAccounts: Informer<ServiceAccount>;
  readonly record: () => HubRecord;
  readonly leads: () => boolean;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onError: (error: unknown) => void;
}): SharedHubRecord {
  const { store, settings, serviceAccounts, record, leads, clock, random, onError } = options;
  const configMap = createTrustConfigMap(store, settings.installation.name, dataKeys.hubRecord);

  function ownRecord(text: string): HubRecord | undefined {
    const stored = parseHubRecord(text);
    return stored !== undefined && isRecordOf(stored, settings) ? stored : undefined;
  }

  async function share(): Promise<boolean> {
    if (!leads()) return true;
    const account = serviceAccounts.get(objectNames.iotedged);
    if (account === undefined) return false;
    const stored = await configMap.read();
    const own = record();
    // A leader that has not looked yet takes nobody's place away.
    if (placeOf(own) === undefined && placeOf(ownRecord(stored.text) ?? {}) !== undefined) return true;
    const text = JSON.stringify(own);
    if (text !== stored.text) await configMap.write({ ...stored, text }, ownerReference(account));
    return true;
  }

  const writing: Loop = createLoop({ run: share, onError, clock, random, delay, resync: never });
  return {
    read: async () => ownRecord((await configMap.read()).text),
    write: writing.trigger,
    stop: writing.stop,
  };
}

/** Whoever may edit ConfigMaps can spoil it: then it counts as not there, until the leader writes again. */
function parseHubRecord(text: string): HubRecord | undefined {
  if (text === "" || text.length > maxText) return undefined;
  const value = parseJson(text);
  return Value.Check(HubRecordSchema, value) ? value : undefined;
}
