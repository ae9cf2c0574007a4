import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Permission } from "../model/permission.ts";
import { ruleAllows } from "../model/rule-matching.ts";
import type { PermissionRule, RiskyGrant } from "./rule.ts";
import { RuleIndex } from "./rule-index.ts";

const verbs = ["get", "create", "impersonate-on:user-info:get"];
const groups = ["", "apps", "example.io"];
const resources = ["pods", "pods/log", "jobs", "jobs/log", "log"];
const names = ["a", "b"];
const some = (words: readonly string[]) => fc.uniqueArray(fc.constantFrom(...words), { minLength: 1, maxLength: 2 });

const grantArbitrary: fc.Arbitrary<RiskyGrant> = fc.record(
  { verbs: some(verbs), apiGroups: some(groups), resources: some(resources), resourceNames: some(names) },
  { requiredKeys: ["verbs", "apiGroups", "resources"] },
);
const permissionArbitrary: fc.Arbitrary<Permission> = fc.record({
  verb: fc.constantFrom(...verbs, "*"),
  group: fc.constantFrom(...groups, "*"),
  resource: fc.constantFrom(...resources, "*", "*/log", "*/"),
  name: fc.constantFrom("", ...names),
  url: fc.constant(""),
});

const toRule = (grants: readonly RiskyGrant[], index: number): PermissionRule => ({
  id: `rule-${index}`,
  title: "a rule",
  severity: "high",
  why: "because",
  fix: "do not",
  source: "https://example.com",
  grants,
});

/** What the API server's authorizer says: whether the permission allows one of the requests that the rule is about. */
function allowsAny({ verb, group, resource, name }: Permission, grants: readonly RiskyGrant[]): boolean {
  const granted = {
    verbs: [verb],
    apiGroups: [group],
    resources: [resource],
    resourceNames: name === "" ? [] : [name],
    nonResourceURLs: [],
  };
  return grants.some((grant) =>
    grant.verbs.some((verb) =>
      grant.apiGroups.some((group) =>
        grant.resources.some((full) =>
          (grant.resourceNames ?? names).some((name) => {
            const [resource = "", subresource = ""] = full.split("/");
            return ruleAllows(granted, { verb, group, resource, subresource, name, namespace: "" });
          }),
        ),
      ),
    ),
  );
}

describe("rules are found", () => {
  it("exactly where the authorizer would allow something that they are about", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(grantArbitrary, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 5 }),
        permissionArbitrary,
        (tables, permission) => {
          const found = new RuleIndex(tables.map(toRule)).matching(permission).map(({ id }) => id);
          const expected = tables.flatMap((grants, index) => (allowsAny(permission, grants) ? [`rule-${index}`] : []));
          expect(found).toEqual(expected);
        },
      ),
      { numRuns: 3_000, seed: 20261129 },
    );
  });

  it.each([
    [{ verbs: ["impersonate-on:*"], resources: ["*"] }, "impersonate-on:user-info:get pods/log", true],
    [{ verbs: ["impersonate-on:*"], resources: ["*"] }, "impersonate pods", false],
    [{ verbs: ["get"], resources: ["userextras/*"] }, "get userextras/example.com/scopes", true],
    [{ verbs: ["get"], resources: ["userextras/*"] }, "get */scopes", true],
    [{ verbs: ["get"], resources: ["userextras/*"] }, "get userextras", false],
    [{ verbs: ["get"], resources: ["pod*"] }, "get pods/log", true],
    [{ verbs: ["get"], resources: ["pods/l*"] }, "get */log", true],
    [{ verbs: ["get"], resources: ["pods/l*"] }, "get */status", false],
  ])("by words that end in *: %j of %s is %s", (grant, text, expected) => {
    const [verb = "", resource = ""] = text.split(" ");
    const index = new RuleIndex([toRule([{ apiGroups: [""], ...grant }], 0)]);
    expect(index.matching({ verb, group: "", resource, name: "", url: "" })).toHaveLength(expected ? 1 : 0);
  });
});
