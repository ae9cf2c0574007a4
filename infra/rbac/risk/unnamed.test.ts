import { expect, test } from "vitest";
import { binding, lint, role, serviceAccount } from "../test/sources.ts";

/** What a rule that allows requests without a name alone is found for. */
function found(rule: string): string[] {
  const yaml =
    role("r", `[{${rule}, resourceNames: [""]}]`, "ci") +
    binding("b", "Role/r", ["group:interns"], "ci") +
    serviceAccount("ci", "deployer") +
    binding("admin", "ClusterRole/cluster-admin", ["sa:ci/deployer"]);
  return lint(yaml)
    .findings.filter(({ about }) => about === "Group interns")
    .map(({ severity, permissions }) => `${severity}: ${permissions.join(", ")}`);
}

test.each([
  ["listing all Secrets", 'apiGroups: [""], resources: [secrets], verbs: [list]', ['high: list secrets ""']],
  [
    "making what makes pods",
    "apiGroups: [batch], resources: [jobs], verbs: [create]",
    ['critical: create jobs.batch ""'],
  ],
  ["anything", 'apiGroups: ["*"], resources: ["*"], verbs: ["*"]', ['critical: * all resources ""']],
  ["nothing, as such requests have a name", 'apiGroups: [""], resources: [secrets], verbs: [get, delete]', []],
])("an empty name among those of a rule does not make it harmless: %s", (_, rule, expected) => {
  expect(found(rule)).toEqual(expected);
});
