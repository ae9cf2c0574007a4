import type { TSchema } from "typebox";
import { version } from "#shared";
import { apiVersions } from "./api-version.ts";
import { refusals, responses } from "./openapi-refusals.ts";
import type { Access, Route, RouteTable } from "./route.ts";

/** A description by OpenAPI 3.1, whose schemas are JSON schemas. */
export type OpenApiDocument = Readonly<Record<string, unknown>>;

const callers: Readonly<Record<Access, string>> = {
  installation: "Any module of the installation may call it.",
  self: "Only the module that the path names may call it, in its present generation.",
  edgeAgent: "Only EdgeAgent may call it.",
  edgeHub: "Only the hub, module `$edgeHub`, may call it.",
};
const pathSchemas: Readonly<Record<string, { readonly description: string; readonly schema: object }>> = {
  name: { description: "Module id, percent-encoded.", schema: { type: "string", minLength: 1 } },
  genid: {
    description: "Generation id: UID of the module's ServiceAccount.",
    schema: { type: "string", format: "uuid" },
  },
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
      responses,
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
  return {
    operationId: name,
    summary,
    description: `${callers[access]} Since API version ${since}.`,
    parameters: [versionParameter(since), ...pathParameters(route.path), ...queryParameters(route)],
    ...(body === undefined ? {} : { requestBody: { required: true, content: json(body) } }),
    responses: {
      ...(status < 400 && { [status]: { description: "Success.", ...contentOf(route) } }),
      ...refusals(route),
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
    ...pathSchemas[name],
  }));
}

function queryParameters({ query = {} }: Route) {
  return Object.entries(query).map(([name, schema]) => ({ name, in: "query", required: false, schema }));
}

function contentOf({ status, produces = "application/json", response }: Route) {
  return status === 204 ? {} : { content: { [produces.replace(/;.*/, "")]: { schema: response } } };
}

function json(schema: TSchema) {
  return { "application/json": { schema } };
}
