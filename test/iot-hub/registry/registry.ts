import { isDeepStrictEqual } from "node:util";
import { argumentInvalid, HubError } from "../hub/errors.ts";
import type { JsonObject } from "../json.ts";
import type { Twin } from "../twin/twin.ts";
import { noAuthentication, readAuthentication } from "./authentication.ts";
import { type Authentication, type Identity, systemModules } from "./identity.ts";

/** With the two that come with IoT Edge. */
const mostModules = 50;
const validId = /^[A-Za-z0-9\-.%_*?!(),:=@$']{1,128}$/;

export interface RegistryOptions {
  readonly now: () => number;
  /** Status for a write with `If-Match` to what is not there, which the documentation leaves open. */
  readonly updateOfMissing: 404 | 412;
  readonly createTwin: (id: { readonly deviceId: string; readonly moduleId: string | undefined }) => Twin;
  /** Is told that an identity is gone, may no longer connect, or has other credentials. */
  readonly onRevoked: (identity: Identity, why: "deleted" | "disabled" | "credentials") => void;
}

/** What a caller has to know of the present state to write: nothing, the etag, or `*`. */
export type Precondition = string | undefined;

interface Device {
  readonly identity: Identity;
  readonly modules: Map<string, Identity>;
}

/** Devices and their modules. Ids have their case. */
export class Registry {
  #options: RegistryOptions;
  #devices = new Map<string, Device>();
  #made = 0;

  constructor(options: RegistryOptions) {
    this.#options = options;
  }

  devices(): Identity[] {
    return [...this.#devices.values()].map(({ identity }) => identity);
  }

  device(deviceId: string): Identity {
    return this.#device(deviceId).identity;
  }

  modules(deviceId: string): Identity[] {
    return [...this.#device(deviceId).modules.values()];
  }

  module(deviceId: string, moduleId: string): Identity {
    const found = this.#device(deviceId).modules.get(moduleId);
    if (found === undefined) throw new HubError("ModuleNotFound", `Module ${moduleId} on device ${deviceId} not found`);
    return found;
  }

  /** @returns undefined when it is not there */
  find(deviceId: string, moduleId: string | undefined): Identity | undefined {
    const device = this.#devices.get(deviceId);
    return moduleId === undefined ? device?.identity : device?.modules.get(moduleId);
  }

  putDevice(deviceId: string, body: JsonObject, precondition: Precondition): Identity {
    if (body.deviceId !== deviceId) throw argumentInvalid("deviceId of path and body differ");
    const written = { ...this.#readDevice(body), authentication: readAuthentication(body.authentication) };
    const present = this.#devices.get(deviceId)?.identity;
    if (present !== undefined) {
      if (precondition === undefined) throw new HubError("DeviceAlreadyExists", `Device ${deviceId} exists`);
      return this.#update(present, precondition, written);
    }
    this.#refuseMissing(precondition, "DeviceNotFound", deviceId);
    const identity = this.#create(deviceId, undefined, written);
    this.#devices.set(deviceId, { identity, modules: new Map() });
    if (written.iotEdge)
      for (const moduleId of systemModules) this.addModule(deviceId, moduleId, { authentication: noAuthentication });
    return identity;
  }

  putModule(deviceId: string, moduleId: string, body: JsonObject, precondition: Precondition): Identity {
    if (body.deviceId !== deviceId || body.moduleId !== moduleId)
      throw argumentInvalid("deviceId or moduleId of path and body differ");
    const managedBy = body.managedBy ?? null;
    if (managedBy !== null && typeof managedBy !== "string") throw argumentInvalid("managedBy is no text");
    const written = { managedBy, authentication: readAuthentication(body.authentication) };
    const present = this.#device(deviceId).modules.get(moduleId);
    if (present !== undefined) {
      if (precondition !== undefined) return this.#update(present, precondition, written);
      throw new HubError("ModuleAlreadyExistsOnDevice", `Module ${moduleId} already exists on device ${deviceId}`);
    }
    this.#refuseMissing(precondition, "ModuleNotFound", moduleId);
    return this.addModule(deviceId, moduleId, written);
  }

  /** Makes a module of which it is known that it is not there. */
  addModule(
    deviceId: string,
    moduleId: string,
    written: { readonly managedBy?: string | null; readonly authentication: Authentication },
  ): Identity {
    const { modules } = this.#device(deviceId);
    if (modules.size >= mostModules)
      throw new HubError("TooManyModulesOnDevice", `Device ${deviceId} has ${mostModules} modules`);
    const identity = this.#create(deviceId, moduleId, written);
    modules.set(moduleId, identity);
    return identity;
  }

  deleteDevice(deviceId: string, precondition: Precondition): void {
    const { identity, modules } = this.#device(deviceId);
    this.#match(identity, precondition);
    this.#devices.delete(deviceId);
    for (const each of [...modules.values(), identity]) this.#options.onRevoked(each, "deleted");
  }

  deleteModule(deviceId: string, moduleId: string, precondition: Precondition): void {
    const identity = this.module(deviceId, moduleId);
    this.#match(identity, precondition);
    if (systemModules.includes(moduleId)) throw argumentInvalid(`${moduleId} stays as long as its device`);
    this.#device(deviceId).modules.delete(moduleId);
    this.#options.onRevoked(identity, "deleted");
  }

  #device(deviceId: string): Device {
    const found = this.#devices.get(deviceId);
    if (found === undefined) throw new HubError("DeviceNotFound", `Device ${deviceId} not registered`);
    return found;
  }

  #readDevice(body: JsonObject): Pick<Identity, "status" | "statusReason" | "iotEdge"> {
    const status = body.status ?? "enabled";
    if (status !== "enabled" && status !== "disabled") throw argumentInvalid("status is enabled or disabled");
    const capabilities = body.capabilities as { iotEdge?: unknown } | null | undefined;
    const statusReason = typeof body.statusReason === "string" ? body.statusReason : null;
    return { status, statusReason, iotEdge: capabilities?.iotEdge === true };
  }

  #create(deviceId: string, moduleId: string | undefined, written: Partial<Identity>): Identity {
    for (const id of [deviceId, moduleId])
      if (id !== undefined && !validId.test(id)) throw argumentInvalid(`${JSON.stringify(id)} is no valid id`);
    const never = "0001-01-01T00:00:00";
    return {
      deviceId,
      moduleId,
      generationId: this.#generationId(),
      twin: this.#options.createTwin({ deviceId, moduleId }),
      authentication: noAuthentication,
      etag: this.#etag(),
      status: "enabled",
      statusReason: null,
      managedBy: null,
      iotEdge: false,
      connectionStateUpdatedTime: never,
      lastActivityTime: never,
      ...written,
    };
  }

  #update(identity: Identity, precondition: string, written: Partial<Identity>): Identity {
    this.#match(identity, precondition);
    if (written.iotEdge !== undefined && written.iotEdge !== identity.iotEdge)
      throw argumentInvalid("whether a device is one of IoT Edge is settled when it is made");
    const other = !isDeepStrictEqual(written.authentication, identity.authentication);
    Object.assign(identity, written, { etag: this.#etag() });
    if (identity.status === "disabled") {
      for (const each of [identity, ...this.#modulesOf(identity)]) this.#options.onRevoked(each, "disabled");
    } else if (other) this.#options.onRevoked(identity, "credentials");
    return identity;
  }

  #modulesOf({ deviceId, moduleId }: Identity): readonly Identity[] {
    return moduleId === undefined ? this.modules(deviceId) : [];
  }

  #match(identity: Identity, precondition: Precondition): void {
    if (precondition === undefined) throw argumentInvalid("If-Match is missing");
    if (precondition !== "*" && precondition !== identity.etag)
      throw new HubError("PreconditionFailed", `the etag is ${identity.etag}`);
  }

  #refuseMissing(precondition: Precondition, name: "DeviceNotFound" | "ModuleNotFound", id: string): void {
    if (precondition === undefined) return;
    if (this.#options.updateOfMissing === 412) throw new HubError("PreconditionFailed", `${id} is not there`);
    throw new HubError(name, `${id} is not there`);
  }

  /** 18 digits like .NET's ticks; no two are the same. */
  #generationId(): string {
    return String((BigInt(this.#options.now()) + 62_135_596_800_000n) * 10_000n + BigInt(++this.#made));
  }

  #etag(): string {
    return Buffer.from(String(++this.#made)).toString("base64");
  }
}
