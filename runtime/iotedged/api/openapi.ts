import type { TSchema } from "typebox";
import { version } from "#shared";
import { apiVersions } from "./api-version.ts";
import { type Access, errorBody, type Route, type RouteTable } from "./route.ts";

/** A description by OpenAPI 3.1, whose schemas are JSON schemas. */
export type OpenApiDocument = Readonly<Record<string, unknown>>;

const callers: Readonly<Record<Access, string>> = {
  installation: "Any module of the installation may call it.",
  self: "Only the module that the path names may call it, in its present generation.",
  edgeAgent: "Only EdgeAgent may call it.",
  edgeHub: "Only the hub, module `$edgeHub`, may call it.",
};
const parameterDescriptions: Readonly<Record<string, string>> = {
  name: "Module id, percent-encoded.",
  genid: "Generation id: UID of the module's ServiceAccount.",
};
const refusals: Readonly<Record<number, string>> = {
  400: "The request is not valid.",
  401: "The request carries no valid module identity.",
  403: "This module may not do that.",
  404: "There is no such thing, or not in that API version.",
  429: "The module asks too often; `Retry-After` tells when to try again.",
  503: "Try again after `Retry-After`: the module cannot be authenticated at present, or too many ask at once.",
};

/** Describes an API of iotedged from its table of routes. */
export function openApiDocument(title: string, routes: RouteTable): OpenApiDocument {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [name, route] of Object.entries(routes)) {
    const path = route.path.replace(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(name, route) };
  }
  return {
    openapi: "3.1.0",
    info: { title, version },
    security: [{ moduleToken: [] }],
    paths,
    components: {
      securitySchemes: {
        moduleToken: {
          type: "http",
          scheme: "bearer",
          description: "The pod's projected ServiceAccount token for the installation's audience.",
        },
      },
    },
  };
}

function operationOf(name: string, route: Route) {
  const { summary, access, since, body, status } = route;
  const failures = Object.entries(refusals).filter(([code]) => Number(code) !== status);
  return {
    operationId: name,
    summary,
    description: `${callers[access]} Since API version ${since}.`,
    parameters: [versionParameter(since), ...pathParameters(route.path), ...queryParameters(route)],
    ...(body === undefined ? {} : { requestBody: { required: true, content: json(body) } }),
    responses: {
      [status]: { description: status < 400 ? "Success." : "Always.", ...contentOf(route) },
      ...Object.fromEntries(failures.map(([code, description]) => [code, { description, content: json(errorBody) }])),
    },
  };
}

function versionParameter(since: Route["since"]) {
  const versions = apiVersions.slice(apiVersions.indexOf(since));
  return { name: "api-version", in: "query", required: true, schema: { type: "string", enum: versions } };
}

function pathParameters(path: string) {
  return [...path.matchAll(/:(\w+)/g)].map(([, name = ""]) => ({
    name,
    in: "path",
    required: true,
    description: parameterDescriptions[name] ?? "",
    schema: { type: "string" },
  }));
}

function queryParameters({ query = {} }: Route) {
  return Object.entries(query).map(([name, schema]) => ({ name, in: "query", required: false, schema }));
}

function contentOf({ status, produces = "application/json", response }: Route) {
  return status === 204 ? {} : { content: { [produces]: { schema: response } } };
}

function json(schema: TSchema) {
  return { "application/json": { schema } };
}
