import { argumentInvalid, HubError } from "../hub/errors.ts";
import type { Hub } from "../hub/hub.ts";
import { isObject, type JsonObject, type JsonValue } from "../json.ts";
import { type Identity, keysOf } from "../registry/identity.ts";
import { registryView } from "../registry/views.ts";
import { judgeSasToken } from "../sas-token.ts";
import { objectOf } from "../twin/limits.ts";
import type { Answer } from "./answer.ts";
import type { HttpsRequest, HttpsRoute } from "./server.ts";

const edgeHub = "$edgeHub";
/** Before 1.2, or without nested hierarchies; and since. */
const apiVersions = { GET: "2018-08-30-preview", POST: "2020-06-30-preview" } as const;

/** What an edgeHub asks for to know its clients: identities and keys of its own device, as there is no hierarchy here. */
export function scopeRoutes(hub: Hub): readonly HttpsRoute[] {
  const route = (
    method: "GET" | "POST",
    name: string,
    query: readonly string[],
    answer: (deviceId: string, given: JsonObject) => readonly Identity[],
  ): HttpsRoute => ({
    method,
    path: `/devices/:deviceId/modules/:moduleId/${name}`,
    handle: (request) => {
      const { "api-version": version, ...parameters } = request.query;
      if (version !== apiVersions[method]) throw new HubError("NotServed", `api-version is not ${apiVersions[method]}`);
      const deviceId = authorizeEdgeHub(hub, request);
      const given = method === "GET" ? parameters : objectOf(request.body as JsonValue, "the body");
      const unknown = Object.keys(given).find((each) => !query.includes(each));
      if (unknown !== undefined) throw new HubError("NotServed", `unknown parameter ${unknown}`);
      if (method === "POST" && given.authChain !== deviceId) throw argumentInvalid("authChain is not the device alone");
      return shown(answer(deviceId, given));
    },
  });
  const all = (deviceId: string) => [hub.registry.device(deviceId), ...hub.registry.modules(deviceId)];
  const one = (deviceId: string, { targetDeviceId, targetModuleId = null }: JsonObject) => {
    if (targetDeviceId !== deviceId) throw new HubError("DeviceNotFound", `${targetDeviceId} is not in the scope`);
    if (targetModuleId === null) return [hub.registry.device(deviceId)];
    return [hub.registry.device(deviceId), hub.registry.module(deviceId, String(targetModuleId))];
  };
  const target = ["targetDeviceId", "targetModuleId"];
  return [
    route("GET", "devicesAndModulesInDeviceScope", ["deviceCount", "continuationToken"], all),
    route("GET", "deviceAndModuleInDeviceScope", target, one),
    route("POST", "devicesAndModulesInTargetDeviceScope", ["pageSize", "continuationLink", "authChain"], all),
    route("POST", "getDeviceAndModuleOnBehalfOf", [...target, "authChain"], one),
  ];
}

/** @returns the device whose `$edgeHub` has signed */
function authorizeEdgeHub(hub: Hub, { params, credentials, caller }: HttpsRequest): string {
  const { deviceId = "", moduleId = "" } = params;
  const identity = moduleId === edgeHub ? hub.registry.find(deviceId, edgeHub) : undefined;
  const enabled = hub.registry.find(deviceId, undefined)?.status === "enabled";
  const audience = { segments: [hub.hostName, "devices", deviceId, "modules", edgeHub], keyName: undefined };
  const keys = identity === undefined ? [] : keysOf(identity);
  const verdict = judgeSasToken(credentials.authorization ?? "", audience, keys, hub.clock.now());
  if (!enabled || "refused" in verdict) throw new HubError("IotHubUnauthorized", "Unauthorized");
  caller(`${deviceId}/${edgeHub}`);
  return deviceId;
}

function shown(identities: readonly Identity[]): Answer {
  const view = { isConnected: () => false, quotedEtags: false };
  const documents = identities.map((identity) => registryView(identity, view)).filter(isObject);
  const only = (document: JsonObject, names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, document[name] ?? null]));
  const common = ["deviceId", "generationId", "authentication"];
  return {
    status: 200,
    body: {
      devices: documents
        .filter((document) => document.moduleId === undefined)
        .map((document) => only(document, [...common, "status", "capabilities", "deviceScope", "parentScopes"])),
      modules: documents
        .filter((document) => document.moduleId !== undefined)
        .map((document) => only(document, [...common, "moduleId", "managedBy"])),
      continuationLink: null,
    },
  };
}
