import { argumentInvalid, HubError } from "../hub/errors.ts";
import type { Hub } from "../hub/hub.ts";
import type { Right } from "../hub/policies.ts";
import type { JsonObject, JsonValue } from "../json.ts";
import type { Identity } from "../registry/identity.ts";
import { registryView, twinView, type View } from "../registry/views.ts";
import { objectOf } from "../twin/limits.ts";
import type { Answer } from "./answer.ts";
import type { Caller } from "./authorization.ts";
import { applyConfigurationContent } from "./configuration-content.ts";

/** What the SDKs for services call. */
export const serviceApiVersion = "2021-04-12";
/** What IoT Edge's daemon calls with the device's credential, in all of its versions. */
export const deviceApiVersion = "2017-11-08-preview";

export interface HubRequest {
  readonly hub: Hub;
  readonly caller: Caller;
  readonly deviceId: string;
  readonly moduleId: string | undefined;
  readonly query: Readonly<Record<string, string>>;
  /** The etag of `If-Match` without quotes, or `*`. */
  readonly precondition: string | undefined;
  readonly body: JsonValue | undefined;
}

export interface HubRoute {
  readonly method: "GET" | "PUT" | "PATCH" | "POST" | "DELETE";
  /** With `:deviceId` and `:moduleId`. */
  readonly path: string;
  readonly right: Right;
  /** A device may call it for its own modules. */
  readonly forDevices?: true;
  /** Counts as an operation of the registry. */
  readonly registry?: true;
  /** Parameters besides `api-version`. */
  readonly query?: readonly string[];
  handle(request: HubRequest): Answer | Promise<Answer>;
}

const devices = "/devices/:deviceId";
const modules = `${devices}/modules`;
const oneModule = `${modules}/:moduleId`;
const twins = ["/twins/:deviceId", "/twins/:deviceId/modules/:moduleId"] as const;

const viewOf = ({ hub, caller }: HubRequest): View => ({
  isConnected: (clientId) => hub.connections.get(clientId) !== undefined,
  quotedEtags: caller.kind === "device",
});

const shown = (request: HubRequest, identity: Identity): Answer => ({
  status: 200,
  body: registryView(identity, viewOf(request)),
  headers: { etag: `"${identity.etag}"` },
});

const shownTwin = (request: HubRequest, identity: Identity): Answer => ({
  status: 200,
  body: twinView(identity, viewOf(request)),
  headers: { etag: `"${identity.twin.etag}"` },
});

const bodyOf = ({ body }: HubRequest): JsonObject => objectOf(body, "the body");

/** The one that a path of one or two ids names. */
function named({ hub, deviceId, moduleId }: HubRequest): Identity {
  return moduleId === undefined ? hub.registry.device(deviceId) : hub.registry.module(deviceId, moduleId);
}

/** What may stand in a document of a twin that a service sends back; the rest of it is the hub's. */
function sectionsOf(request: HubRequest): { tags?: JsonObject; desired?: JsonObject } {
  const { tags, properties } = bodyOf(request);
  const desired =
    properties === undefined || properties === null ? undefined : objectOf(properties, "properties").desired;
  const given = (value: JsonValue | undefined, what: string) => {
    if (value === undefined || value === null) return undefined;
    const { $metadata: _, $version: __, ...own } = objectOf(value, what);
    return own;
  };
  const [ownTags, ownDesired] = [given(tags, "tags"), given(desired, "properties.desired")];
  return {
    ...(ownTags === undefined ? {} : { tags: ownTags }),
    ...(ownDesired === undefined ? {} : { desired: ownDesired }),
  };
}

function writeTwin(request: HubRequest, change: "patch" | "replace"): Answer {
  const identity = named(request);
  const { precondition } = request;
  if (precondition !== undefined && precondition !== "*" && precondition !== identity.twin.etag)
    throw new HubError("PreconditionFailed", `the twin's etag is ${identity.twin.etag}`);
  identity.twin[change](sectionsOf(request));
  return shownTwin(request, identity);
}

function listDevices(request: HubRequest): Answer {
  const top = request.query.top ?? "1000";
  if (!/^\d{1,4}$/.test(top)) throw argumentInvalid("top is a number");
  const found = request.hub.registry.devices().slice(0, Number(top));
  return { status: 200, body: found.map((device) => registryView(device, viewOf(request))) };
}

const registryRoutes: readonly HubRoute[] = [
  // The SDK for Node ends the path with a slash.
  ...["/devices", "/devices/"].map(
    (path): HubRoute => ({
      method: "GET",
      path,
      right: "RegistryRead",
      registry: true,
      query: ["top"],
      handle: listDevices,
    }),
  ),
  {
    method: "GET",
    path: devices,
    right: "RegistryRead",
    registry: true,
    handle: (request) => shown(request, named(request)),
  },
  {
    method: "PUT",
    path: devices,
    right: "RegistryWrite",
    registry: true,
    handle: (request) => {
      const { hub, deviceId, precondition } = request;
      return shown(request, hub.registry.putDevice(deviceId, bodyOf(request), precondition));
    },
  },
  {
    method: "DELETE",
    path: devices,
    right: "RegistryWrite",
    registry: true,
    handle: ({ hub, deviceId, precondition }) => {
      hub.registry.deleteDevice(deviceId, precondition);
      return { status: 204 };
    },
  },
  {
    method: "GET",
    path: modules,
    right: "RegistryRead",
    registry: true,
    forDevices: true,
    handle: (request) => {
      const found = request.hub.registry.modules(request.deviceId);
      return { status: 200, body: found.map((module) => registryView(module, viewOf(request))) };
    },
  },
  {
    method: "GET",
    path: oneModule,
    right: "RegistryRead",
    registry: true,
    forDevices: true,
    handle: (request) => shown(request, named(request)),
  },
  {
    method: "PUT",
    path: oneModule,
    right: "RegistryWrite",
    registry: true,
    forDevices: true,
    handle: (request) => {
      const { hub, deviceId, moduleId = "", precondition } = request;
      return shown(request, hub.registry.putModule(deviceId, moduleId, bodyOf(request), precondition));
    },
  },
  {
    method: "DELETE",
    path: oneModule,
    right: "RegistryWrite",
    registry: true,
    forDevices: true,
    handle: ({ hub, deviceId, moduleId = "", precondition }) => {
      hub.registry.deleteModule(deviceId, moduleId, precondition);
      return { status: 204 };
    },
  },
];

const twinRoutes: readonly HubRoute[] = twins.flatMap((path): readonly HubRoute[] => [
  {
    method: "GET",
    path,
    right: "ServiceConnect",
    handle: (request) => shownTwin(request, named(request)),
  },
  { method: "PATCH", path, right: "ServiceConnect", handle: (request) => writeTwin(request, "patch") },
  { method: "PUT", path, right: "ServiceConnect", handle: (request) => writeTwin(request, "replace") },
  {
    ...{ method: "POST", path: `${path}/methods`, right: "ServiceConnect" },
    handle: async (request) => {
      const identity = named(request);
      return { status: 200, body: await request.hub.methods.invoke(identity, bodyOf(request)) };
    },
  },
]);

/** All that a hub serves by HTTPS. */
export const hubRoutes: readonly HubRoute[] = [
  ...registryRoutes,
  ...twinRoutes,
  {
    ...{ method: "POST", path: `${devices}/applyConfigurationContent`, right: "RegistryWrite" },
    handle: (request) => {
      applyConfigurationContent(request.hub, request.hub.registry.device(request.deviceId), bodyOf(request));
      return { status: 204 };
    },
  },
];
