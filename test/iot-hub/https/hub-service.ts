import { argumentInvalid, errorOfStatus, HubError } from "../hub/errors.ts";
import type { Hub } from "../hub/hub.ts";
import type { JsonValue } from "../json.ts";
import { hubErrorAnswer } from "./answer.ts";
import { authorize, type Credentials, claimedKind } from "./authorization.ts";
import { deviceApiVersion, type HubRoute, hubRoutes, serviceApiVersion } from "./hub-routes.ts";
import { scopeRoutes } from "./scope-routes.ts";
import type { HttpsRequest, HttpsRoute, HttpsService } from "./server.ts";

/** A hub's side of HTTPS: for services, for devices that keep their modules, and for an edgeHub. */
export function hubHttpsService(hub: Hub): HttpsService {
  return {
    hostName: hub.hostName,
    routes: [...hubRoutes.map((route) => served(hub, route)), ...scopeRoutes(hub)],
    fault: (line) => {
      if (hub.faults.away) return "cut";
      const fault = hub.faults.take("https", line);
      if (fault === undefined) return undefined;
      return fault.cut === true ? "cut" : errorOfStatus(fault.status ?? 503, fault.retryAfter);
    },
    errorAnswer: (error) => hubErrorAnswer(error, hub.clock.now()),
  };
}

function served(hub: Hub, route: HubRoute): HttpsRoute {
  const { method, path } = route;
  return {
    method,
    path,
    handle: (request) => {
      const { deviceId = "", moduleId } = request.params;
      checkQuery(route, request);
      const need = { right: route.right, deviceId: route.forDevices === true ? deviceId : undefined };
      const caller = authorize(hub, request.credentials, need);
      request.caller(caller.name);
      const wait = route.registry === true ? hub.throttleRegistry() : undefined;
      if (wait !== undefined)
        throw new HubError("ThrottlingException", "too many operations of the registry", { retryAfterSeconds: wait });
      const precondition = readIfMatch(request.ifMatch);
      const body = request.body as JsonValue | undefined;
      return route.handle({ hub, caller, deviceId, moduleId, query: request.query, precondition, body });
    },
  };
}

/** Devices and services have their own api-versions, and no parameter is ignored. */
function checkQuery(route: HubRoute, { query, credentials }: HttpsRequest): void {
  const { "api-version": version, ...more } = query;
  const expected = apiVersionsFor(credentials);
  if (version === undefined || !expected.includes(version))
    throw new HubError("NotServed", `api-version is not ${expected.join(" or ")}`);
  const unknown = Object.keys(more).find((name) => route.query?.includes(name) !== true);
  if (unknown !== undefined) throw new HubError("NotServed", `unknown parameter ${unknown}`);
}

/** Who shows nothing at all is refused for that, by either version. */
function apiVersionsFor(credentials: Credentials): readonly string[] {
  const { authorization, certificate } = credentials;
  if (authorization === undefined && certificate === undefined) return [deviceApiVersion, serviceApiVersion];
  return [claimedKind(credentials) === "device" ? deviceApiVersion : serviceApiVersion];
}

function readIfMatch(header: string | undefined): string | undefined {
  if (header === undefined || header === "*") return header;
  const quoted = /^"([^"]*)"$/.exec(header)?.[1];
  if (quoted === undefined) throw argumentInvalid("If-Match has no quotes");
  return quoted;
}
