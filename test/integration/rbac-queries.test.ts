import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, inject, it } from "vitest";
import { parse } from "yaml";
import { edgectl } from "../support/edgectl.ts";

const oneRole = fileURLToPath(new URL("../fixtures/rbac/one-role.yaml", import.meta.url));
let context: string;
beforeAll(async () => {
  context = parse(await readFile(inject("kubeconfig"), "utf8"))["current-context"];
});

const ask = (...args: string[]) =>
  edgectl(["rbac", "explain", "user:nobody", "get", ...args], { env: { KUBECONFIG: inject("kubeconfig") } });

it.each([
  ["the cluster of the source", (resource: string) => [resource, "-s", `context:${context}`]],
  ["a cluster that is named", (resource: string) => [resource, "-s", oneRole, "--context", context]],
])("names of resources are those of %s", async (_, args) => {
  for (const name of ["podmonitors", "podmonitor", "pmon", "podmonitors.monitoring.coreos.com"]) {
    const { code, stderr } = await ask(...args(name));
    expect({ name, code, stderr }).toEqual({ name, code: 2, stderr: "" });
  }
  const unknown = await ask(...args("gizmos"));
  expect(unknown).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("gizmos is no resource that is known here"),
  });
});

it("a rule for a custom resource is found by its short name", async () => {
  const yaml = `
kind: ClusterRole
apiVersion: rbac.authorization.k8s.io/v1
metadata: {name: r}
rules: [{apiGroups: [monitoring.coreos.com], resources: [podmonitors], verbs: [get]}]
---
kind: ClusterRoleBinding
apiVersion: rbac.authorization.k8s.io/v1
metadata: {name: b}
roleRef: {kind: ClusterRole, name: r}
subjects: [{kind: User, name: ann}]
`;
  const run = (...args: string[]) =>
    edgectl(["rbac", "explain", "user:ann", "get", "pmon", "-s", "-", ...args], {
      env: { KUBECONFIG: inject("kubeconfig") },
      input: yaml,
    });
  expect((await run()).code).toBe(2);
  expect(await run("--context", context)).toMatchObject({ code: 0, stderr: "" });
});
