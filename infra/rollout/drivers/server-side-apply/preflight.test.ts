import { expect, test } from "vitest";
import type { ClusterAccess } from "./open-access.ts";
import { preflight } from "./preflight.ts";

test("what a preflight asks for at the same time does not wait for each other", async () => {
  const asked = Promise.withResolvers<void>();
  const access = {
    cluster: {
      server: "https://s",
      get: async () => asked.resolve(),
      list: async () => [],
    },
    send: async ({ path }: { readonly path: string }) =>
      path === "/version" ? { status: 200, body: { gitVersion: "v1.36.3" } } : { status: 201, body: { status: {} } },
    discovery: {
      // The rights are not known before the state is asked for.
      resourceOf: async () => {
        await asked.promise;
        return { plural: "configmaps", namespaced: true };
      },
    },
    check: () => {},
  } as unknown as ClusterAccess;
  const checks = await preflight(access, "stack", [], 0);
  expect(checks.map(({ id }) => id)).toEqual([
    ...["reachable", "server-version", "permissions", "escalation", "acceptable", "drift", "trust", "certificates"],
  ]);
}, 2000);
