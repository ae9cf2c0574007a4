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

const ofTheSource = () => ["-s", `context:${context}`];
const named = () => ["-s", oneRole, "--context", context];
const unknown = /gizmos is no resource that is known here/;

// One call each: reading the cluster of all tests takes its time.
it.each([
  ["podmonitors", "the cluster of the source", ofTheSource, /^$/],
  ["pmon", "the cluster of the source", ofTheSource, /^$/],
  ["gizmos", "the cluster of the source", ofTheSource, unknown],
  ["podmonitor", "a cluster that is named", named, /^$/],
  ["podmonitors.monitoring.coreos.com", "a cluster that is named", named, /^$/],
  ["gizmos", "a cluster that is named", named, unknown],
])("%s is looked up in %s", async (name, _, source, notes) => {
  const { code, stderr } = await ask(name, ...source());
  expect(code).toBe(2);
  expect(stderr).toMatch(notes);
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
