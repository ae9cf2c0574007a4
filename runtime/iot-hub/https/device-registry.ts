import { createHmac } from "node:crypto";
import type { Dispatcher } from "undici";
import { type Clock, isJsonObject, type Json } from "#base";
import type { DeviceCredential } from "../connection-string.ts";
import { hubErrors } from "../errors.ts";
import { audienceOf, sasToken, stringToSign } from "../sas-token.ts";
import { callHub, type HubAnswer, type HubRequest, NoHubAnswer } from "./call.ts";
import { type HubFailure, judgeAnswer, judgeSilence } from "./judge-answer.ts";

/** What the hub knows of a module of the device. */
export interface RegisteredModule {
  readonly moduleId: string;
  /** `IotEdge`, somebody else's name, or nobody's. */
  readonly managedBy: string | undefined;
  /** Whether tokens are what the module proves itself by. */
  readonly usesKeys: boolean;
  /** Whether it has a credential of whatever kind. */
  readonly hasCredential: boolean;
  readonly keys: ModuleKeys;
}

/** In base64; empty where there is none. */
export interface ModuleKeys {
  readonly primary: string;
  readonly secondary: string;
}

export type HubResult<T> = { readonly value: T } | { readonly failure: HubFailure };

/** The hub's registry, as far as a device may see and write it: the modules of the device. */
export interface DeviceRegistry {
  list(): Promise<HubResult<readonly RegisteredModule[]>>;
  /** Gives a module its keys, and says that it is IoT Edge's. @param exists whether the hub has it already */
  put(moduleId: string, keys: ModuleKeys, exists: boolean): Promise<HubResult<RegisteredModule>>;
  /** One that is not there any more is removed, too. */
  remove(moduleId: string): Promise<HubResult<null>>;
}

export interface DeviceRegistryOptions {
  /** Where calls go. */
  readonly hubHostname: string;
  readonly deviceId: string;
  /** The device's keys as they are now: the one that counts, and the other one. */
  readonly credentials: () => readonly DeviceCredential[];
  readonly dispatcher: Promise<Dispatcher>;
  readonly clock: Clock;
  /** Ends a call that runs. */
  readonly ending: AbortSignal;
  /** Told of each answer: milliseconds by which this machine's clock is ahead, and which of the keys was taken. */
  readonly onAnswer: (seen: { readonly aheadBy: number | undefined; readonly keyIndex: number }) => void;
}

/** That of IoT Edge's daemon, in all of its versions. */
const apiVersion = "2017-11-08-preview";
/** Who writes: identities of other owners are left alone. */
export const managedByIotEdge = "IotEdge";
const timeout = 30_000;
/** Seconds that a token counts; it is made for one call, and bears with clocks that are off a little. */
const tokenLife = 300;
const maxModules = 1000;
const unauthorized = 401;

/**
 * Calls the registry as the device. Where the hub refuses one key, the other is tried at once, and stays the first to be
 * tried as long as it is taken: so the hub's keys can be changed one after the other.
 */
export function createDeviceRegistry(options: DeviceRegistryOptions): DeviceRegistry {
  const { hubHostname, deviceId, credentials, dispatcher, clock, ending, onAnswer } = options;
  const origin = `https://${hubHostname}`;
  const base = `/devices/${encodeURIComponent(deviceId)}/modules`;
  let taken: DeviceCredential | undefined;

  const pathOf = (moduleId?: string) =>
    `${base}${moduleId === undefined ? "" : `/${encodeURIComponent(moduleId)}`}?api-version=${apiVersion}`;

  async function send(request: Omit<HubRequest, "authorization">): Promise<HubAnswer> {
    const all = credentials();
    const inOrder = [...all].sort((one, other) => Number(other === taken) - Number(one === taken));
    let last: HubAnswer | undefined;
    for (const credential of inOrder) {
      const authorization = deviceToken(credential, clock.now());
      const limits = { timeout, signal: ending, now: clock.now() };
      last = await callHub(await dispatcher, origin, { ...request, authorization }, limits);
      if (last.status === unauthorized) continue;
      taken = credential;
      break;
    }
    if (last === undefined) throw new NoHubAnswer("there is no credential");
    const keyIndex = last.status === unauthorized ? -1 : all.indexOf(taken as DeviceCredential);
    onAnswer({ aheadBy: last.time === undefined ? undefined : clock.now() - last.time, keyIndex });
    return last;
  }

  async function ask<T>(
    request: Omit<HubRequest, "authorization">,
    what: string,
    read: (answer: HubAnswer) => T | undefined,
  ): Promise<HubResult<T>> {
    try {
      const answer = await send(request);
      const value = read(answer);
      if (value !== undefined) return { value };
      const context = { hubHostname, deviceId, what, now: clock.now() };
      return { failure: isSuccess(answer) ? unreadable(what) : judgeAnswer(answer, context) };
    } catch (error) {
      if (!(error instanceof NoHubAnswer)) throw error;
      return { failure: judgeSilence(hubHostname, error.message) };
    }
  }

  function unreadable(what: string): HubFailure {
    const reason = `what it says when asked to ${what} is no answer of a registry`;
    return { kind: "unreadable", error: hubErrors.EDGE_HUB_ANSWER({ hub: hubHostname, reason }) };
  }

  return {
    list: () =>
      ask({ method: "GET", path: pathOf() }, "list the modules", (answer) => {
        if (!isSuccess(answer) || !Array.isArray(answer.body) || answer.body.length > maxModules) return undefined;
        const modules = answer.body.map(registeredModule);
        return modules.every((module) => module !== undefined) ? modules : undefined;
      }),
    put: (moduleId, keys, exists) => {
      const body = { moduleId, deviceId, managedBy: managedByIotEdge, authentication: authenticationBy(keys) };
      const ifMatch = exists ? ("*" as const) : undefined;
      return ask({ method: "PUT", path: pathOf(moduleId), ifMatch, body }, "write a module", (answer) =>
        isSuccess(answer) ? registeredModule(answer.body) : undefined,
      );
    },
    remove: (moduleId) =>
      ask({ method: "DELETE", path: pathOf(moduleId), ifMatch: "*" }, "delete a module", (answer) =>
        isSuccess(answer) || (answer.status === 404 && answer.errorName === "ModuleNotFound") ? null : undefined,
      ),
  };
}

function isSuccess({ status }: HubAnswer): boolean {
  return status >= 200 && status < 300;
}

/** In small letters, as IoT Edge's daemon signs: the hub compares without regard to case. */
function deviceToken({ hubHostname, deviceId, key }: DeviceCredential, now: number): string {
  const audience = audienceOf(hubHostname.toLowerCase(), "devices", deviceId.toLowerCase());
  const expiry = Math.floor(now / 1000) + tokenLife;
  const signature = createHmac("sha256", key).update(stringToSign(audience, expiry)).digest("base64");
  return sasToken({ audience, expiry, signature });
}

function authenticationBy({ primary, secondary }: ModuleKeys): Json {
  return { type: "sas", symmetricKey: { primaryKey: primary, secondaryKey: secondary } };
}

function registeredModule(value: unknown): RegisteredModule | undefined {
  if (!isJsonObject(value) || typeof value.moduleId !== "string") return undefined;
  const { moduleId, managedBy, authentication } = value;
  const { type, symmetricKey } = isJsonObject(authentication) ? authentication : {};
  const { primaryKey, secondaryKey } = isJsonObject(symmetricKey) ? symmetricKey : {};
  return {
    moduleId,
    managedBy: typeof managedBy === "string" && managedBy !== "" ? managedBy : undefined,
    usesKeys: type === "sas",
    hasCredential: type !== undefined && type !== "none",
    keys: { primary: textOf(primaryKey), secondary: textOf(secondaryKey) },
  };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
