import { describe, expect, it } from "vitest";
import { descriptions } from "../api-descriptions.ts";
import { managementRoutes } from "../management/routes.ts";
import { workloadRoutes } from "../workload/routes.ts";
import type { Route } from "./route.ts";

interface Operation {
  operationId: string;
  parameters: { name: string; in: string; schema: { enum?: string[]; format?: string } }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { $ref?: string; content?: Record<string, { schema: Schema }> }>;
}

interface Schema {
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

const tables = { management: managementRoutes, workload: workloadRoutes };

function operationsOf(api: keyof typeof tables) {
  const paths = descriptions[api].paths as Record<string, Record<string, Operation>>;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
}

/** Each member of a schema whose format is told, by its name. */
function formatsOf({ properties = {}, items }: Schema): [string, string][] {
  const inside = items === undefined ? [] : formatsOf(items);
  const members = Object.entries(properties).flatMap(([name, schema]): [string, string][] => [
    ...(schema.format === undefined ? [] : [[name, schema.format] as [string, string]]),
    ...formatsOf(schema),
  ]);
  return [...members, ...inside];
}

describe.each(["management", "workload"] as const)("the description of the %s API", (api) => {
  const operations = operationsOf(api);

  it("has every route of the table, once, and no other", () => {
    const described = operations.map(({ path, method, operation }) => `${operation.operationId} ${method} ${path}`);
    const served = Object.entries(tables[api]).map(
      ([name, { method, path }]) => `${name} ${method.toLowerCase()} ${path.replace(/:(\w+)/g, "{$1}")}`,
    );
    expect(described.toSorted()).toEqual(served.toSorted());
  });

  it("names every parameter of each path, and the version", () => {
    for (const { path, operation } of operations) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const named = operation.parameters.filter((parameter) => parameter.in === "path").map(({ name }) => name);
      expect(named).toEqual(inPath);
      expect(operation.parameters.find((parameter) => parameter.in === "query")?.name).toBe("api-version");
    }
  });

  it("offers every version since the first that has the route", () => {
    for (const { operation } of operations) {
      const { since } = (tables[api] as Record<string, Route>)[operation.operationId] as Route;
      const versions = operation.parameters.find(({ name }) => name === "api-version")?.schema.enum;
      expect([versions?.[0], versions?.at(-1)]).toEqual([since, "2022-08-03"]);
    }
  });

  it("tells every answer: those of all routes, and where a conflict or a refusal is possible, that", () => {
    const general = [400, 401, 403, 404, 408, 415, 429, 431, 500, 503];
    for (const { path, operation } of operations) {
      const { status, conflict, body } = (tables[api] as Record<string, Route>)[operation.operationId] as Route;
      const own = [
        status,
        ...(conflict === undefined ? [] : [409]),
        ...(body === undefined ? [] : [413]),
        ...(path.includes("{") ? [414] : []),
      ];
      const told = Object.keys(operation.responses).map(Number);
      expect(told).toEqual([...new Set([...general, ...own])].toSorted((one, other) => one - other));
    }
  });

  it("refers to answers that it has", () => {
    const { responses } = descriptions[api].components as { responses: Record<string, object> };
    for (const { operation } of operations)
      for (const { $ref } of Object.values(operation.responses))
        if ($ref !== undefined) expect(Object.keys(responses)).toContain($ref.replace("#/components/responses/", ""));
  });

  it("survives being written as JSON", () => {
    expect(JSON.parse(JSON.stringify(descriptions[api]))).toMatchObject({ openapi: "3.1.0" });
  });
});

describe("formats", () => {
  const formats = (api: keyof typeof tables) => {
    const schemas = operationsOf(api).flatMap(({ operation: { requestBody, responses } }) =>
      [requestBody, ...Object.values(responses)].flatMap((one) => Object.values(one?.content ?? {})),
    );
    return Object.fromEntries(schemas.flatMap(({ schema }) => formatsOf(schema)));
  };

  it("are told of times, bytes, ids and large numbers", () => {
    expect(formats("workload")).toEqual({
      id: "uuid",
      startTime: "date-time",
      exitTime: "date-time",
      data: "byte",
      digest: "byte",
      plaintext: "byte",
      initializationVector: "byte",
      ciphertext: "byte",
      expiration: "date-time",
    });
    expect(formats("management")).toMatchObject({
      generationId: "uuid",
      cpus: "int32",
      total_memory: "int64",
      host_uptime: "int64",
      used_cpu: "double",
      available_space: "int64",
    });
  });
});
