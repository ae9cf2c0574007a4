import { describe, expect, it } from "vitest";
import { descriptions } from "../api-descriptions.ts";
import { managementRoutes } from "../management/routes.ts";
import { workloadRoutes } from "../workload/routes.ts";

interface Operation {
  operationId: string;
  parameters: { name: string; in: string }[];
  requestBody?: unknown;
  responses: Record<string, unknown>;
}

const tables = { management: managementRoutes, workload: workloadRoutes };

describe.each(["management", "workload"] as const)("the description of the %s API", (api) => {
  const paths = descriptions[api].paths as Record<string, Record<string, Operation>>;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );

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

  it("survives being written as JSON", () => {
    expect(JSON.parse(JSON.stringify(descriptions[api]))).toMatchObject({ openapi: "3.1.0" });
  });
});
