import { describe, expect, it } from "vitest";
import { aggregate } from "./aggregation.ts";
import type { PolicyRule, Role } from "./objects.ts";

const rule = (resource: string): PolicyRule => ({
  apiGroups: [""],
  resources: [resource],
  resourceNames: [],
  nonResourceURLs: [],
  verbs: ["get"],
});
const role = (name: string, label: string, rules: readonly PolicyRule[], chosen?: string): Role => ({
  kind: "ClusterRole",
  namespace: "",
  name,
  labels: { is: label },
  rules,
  origin: {},
  ...(chosen === undefined ? {} : { aggregation: [{ matchLabels: { is: chosen } }] }),
});
const resources = (roles: readonly Role[], name: string) =>
  (aggregate(roles).rules.get(name) ?? []).flatMap(({ resources }) => resources).sort();

describe("aggregate", () => {
  it("replaces the rules that an aggregated role states", () => {
    expect(resources([role("sum", "", [rule("own")], "part"), role("a", "part", [rule("pods")])], "sum")).toEqual([
      "pods",
    ]);
  });
  it("keeps the stated rules where the chosen roles have none", () => {
    expect(resources([role("sum", "", [rule("own")], "part"), role("a", "part", [])], "sum")).toEqual(["own"]);
  });
  it("passes rules on through chains", () => {
    const chain = [role("top", "", [], "middle"), role("mid", "middle", [], "low"), role("l", "low", [rule("pods")])];
    expect(resources(chain, "top")).toEqual(["pods"]);
  });
  it("leaves a role that chooses itself alone", () => {
    const itself = [role("sum", "part", [], "part"), role("a", "part", [rule("pods")])];
    expect(resources(itself, "sum")).toEqual(["pods"]);
    expect(aggregate(itself).cycles).toEqual([]);
  });
  it("gives all roles of a circle what any of them chooses, and reports the circle when timing matters", () => {
    const a = { ...role("a", "1", [rule("own")]), aggregation: [{ matchLabels: { is: "2" } }] };
    const b = { ...role("b", "2", []), aggregation: [{ matchLabels: { is: "1" } }, { matchLabels: { is: "leaf" } }] };
    const circle = [a, b, role("c", "leaf", [rule("pods")])];
    expect(resources(circle, "a")).toEqual(["own", "pods"]);
    expect(resources(circle, "b")).toEqual(["own", "pods"]);
    expect(aggregate(circle).cycles).toEqual([["a", "b"]]);
    expect(aggregate([{ ...a, rules: [] }, b]).cycles).toEqual([]);
  });
});
