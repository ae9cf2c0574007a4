import { describe, expect, it } from "vitest";
import { type AuditEvent, permissionsOf, uses } from "./audit.ts";

const event = (fields: Partial<AuditEvent>): AuditEvent => ({
  stage: "ResponseComplete",
  verb: "list",
  requestURI: "/api/v1/namespaces/edge-a/pods",
  user: { username: "system:serviceaccount:edge-a:iotedged" },
  objectRef: { resource: "pods", namespace: "edge-a" },
  responseStatus: { code: 200 },
  ...fields,
});
const listPods = { group: "", resource: "pods", verb: "list" };

describe("uses", () => {
  it("sees a permission in a request of the same verb and resource", () => {
    expect(uses(event({}), listPods)).toBe(true);
    expect(uses(event({ verb: "watch" }), listPods)).toBe(false);
  });
  it("does not count a refused request", () => {
    expect(uses(event({ responseStatus: { code: 403 } }), listPods)).toBe(false);
  });
  it("tells a subresource from its resource", () => {
    expect(uses(event({ objectRef: { resource: "pods", subresource: "log" } }), listPods)).toBe(false);
  });
  it("counts an apply that created as create", () => {
    const create = { group: "apps", resource: "deployments", verb: "create" };
    const objectRef = { apiGroup: "apps", resource: "deployments", name: "x" };
    expect(uses(event({ verb: "patch", objectRef, responseStatus: { code: 201 } }), create)).toBe(true);
    expect(uses(event({ verb: "patch", objectRef, responseStatus: { code: 200 } }), create)).toBe(false);
  });
  it("takes the name of a list from its field selector", () => {
    const named = { ...listPods, name: "a" };
    expect(uses(event({ requestURI: "/api/v1/namespaces/n/pods?fieldSelector=metadata.name%3Da" }), named)).toBe(true);
    expect(uses(event({}), named)).toBe(false);
  });
});

describe("permissionsOf", () => {
  it("multiplies groups, resources, verbs and names", () => {
    const rule = { apiGroups: ["", "apps"], resources: ["a"], verbs: ["get", "list"], resourceNames: ["x"] };
    expect(permissionsOf([rule])).toHaveLength(4);
  });
});
