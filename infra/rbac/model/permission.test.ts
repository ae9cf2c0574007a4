import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  covers,
  describePermission,
  type Permission,
  PermissionSet,
  permissionKey,
  permissionsOf,
  unnamed,
} from "./permission.ts";
import { ruleAllows } from "./rule-matching.ts";

const words = (...values: string[]) => fc.constantFrom(...values);
const onResource = fc.record({
  verb: words("get", "list", "*"),
  group: words("", "apps", "*"),
  resource: words("pods", "pods/log", "*", "*/log", "*/", "log", "pods/*", "deployments"),
  name: words("", "a", "b", unnamed),
  url: fc.constant(""),
});
const onPath = fc.record({
  verb: words("get", "post", "*"),
  group: fc.constant(""),
  resource: fc.constant(""),
  name: fc.constant(""),
  url: words("*", "/*", "/a", "/a/*", "/a*", "/a/**", "/a/b", "/a*b"),
});
const permission: fc.Arbitrary<Permission> = fc.oneof({ weight: 3, arbitrary: onResource }, onPath);

const ruleOf = ({ verb, group, resource, name, url }: Permission) =>
  url === ""
    ? {
        verbs: [verb],
        apiGroups: [group],
        resources: [resource],
        resourceNames: name === "" ? [] : [name === unnamed ? "" : name],
        nonResourceURLs: [],
      }
    : { verbs: [verb], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: [url] };

const request = fc.oneof(
  fc.record({
    verb: words("get", "list", "watch", "*"),
    group: words("", "apps", "other"),
    resource: words("pods", "deployments", "log", "*"),
    subresource: words("", "log", "*"),
    name: words("", "a", "b", "c"),
    namespace: fc.constant(""),
  }),
  fc.record({ verb: words("get", "post", "put"), path: words("/", "/a", "/a/", "/a/b", "/a/b/c", "/ab", "/a*b", "*") }),
);

describe("covers", () => {
  it("never says so of a permission that allows a request more", () => {
    const property = fc.property(permission, permission, request, (wide, narrow, asked) => {
      if (covers(wide, narrow) && ruleAllows(ruleOf(narrow), asked)) expect(ruleAllows(ruleOf(wide), asked)).toBe(true);
    });
    fc.assert(property, { numRuns: 20_000 });
  });
  it("is the same for a set as for its members one by one", () => {
    const property = fc.property(fc.array(permission, { maxLength: 4 }), permission, (own, wanted) => {
      expect(new PermissionSet(own).covers(wanted)).toBe(own.some((one) => covers(one, wanted)));
    });
    fc.assert(property, { numRuns: 20_000 });
  });
});

describe("permissionsOf", () => {
  const namesOf = (...resourceNames: string[]) =>
    permissionsOf({ verbs: ["list"], apiGroups: [""], resources: ["secrets"], resourceNames, nonResourceURLs: [] });

  it("keeps an empty name apart from no list of names, and from every name that somebody gives", () => {
    const keys = [[], [""], [unnamed], [`${unnamed}x`], ["x"]].flatMap((names) => namesOf(...names).map(permissionKey));
    expect(new Set(keys).size).toBe(5);
    expect(namesOf("").map(describePermission)).toEqual(['list secrets ""']);
  });
});

describe("describePermission", () => {
  it.each([
    [{ verb: "get", group: "", resource: "secrets", name: "", url: "" }, "get secrets"],
    [{ verb: "get", group: "", resource: "secrets", name: "tls", url: "" }, 'get secrets "tls"'],
    [
      { verb: "update", group: "apps", resource: "deployments/scale", name: "", url: "" },
      "update deployments.apps/scale",
    ],
    [{ verb: "*", group: "*", resource: "*", name: "", url: "" }, "* all resources"],
    [{ verb: "get", group: "", resource: "", name: "", url: "/metrics" }, "get /metrics"],
    [{ verb: "get", group: "", resource: "", name: "", url: "*" }, "get all paths"],
  ])("%j is %s", (one, text) => expect(describePermission(one)).toBe(text));
});
