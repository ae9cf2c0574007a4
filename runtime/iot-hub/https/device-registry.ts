import { isJsonObject, type Json } from "#base";
import type { DevicePlace } from "../device-place.ts";
import { hubErrors } from "../errors.ts";
import { type HubAnswer, type HubRequest, NoHubAnswer } from "./call.ts";
import { createDeviceCaller, type DeviceCallerOptions } from "./device-caller.ts";
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

/** Which device of which hub calls, and how. */
export type DeviceRegistryOptions = DevicePlace & Omit<DeviceCallerOptions, "origin" | "resource">;

/** That of IoT Edge's daemon, in all of its versions. */
const apiVersion = "2017-11-08-preview";
/** Who writes: identities of other owners are left alone. */
export const managedByIotEdge = "IotEdge";
const maxModules = 1000;

/** Calls the registry as the device. */
export function createDeviceRegistry(options: DeviceRegistryOptions): DeviceRegistry {
  const { hubHostname, deviceId, clock } = options;
  const base = `/devices/${encodeURIComponent(deviceId)}/modules`;
  const caller = createDeviceCaller({
    ...options,
    origin: `https://${hubHostname}`,
    resource: { host: hubHostname.toLowerCase(), segments: ["devices", deviceId.toLowerCase()] },
  });

  const pathOf = (moduleId?: string) =>
    `${base}${moduleId === undefined ? "" : `/${encodeURIComponent(moduleId)}`}?api-version=${apiVersion}`;

  async function ask<T>(
    request: Omit<HubRequest, "authorization">,
    what: string,
    read: (answer: HubAnswer) => T | undefined,
  ): Promise<HubResult<T>> {
    try {
      const answer = await caller.call(request);
      const value = read(answer);
      if (value !== undefined) return { value };
      const context = { hubHostname, deviceId, what, now: clock.now() };
      return { failure: isSuccess(answer) ? unreadable(what) : judgeAnswer(answer, context) };
    } catch (error) {
      if (!(error instanceof NoHubAnswer)) throw error;
      return { failure: judgeSilence({ hubHostname, deviceId }, error.message) };
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
