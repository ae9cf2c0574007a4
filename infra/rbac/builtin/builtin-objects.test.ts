import { describe, expect, it } from "vitest";
import { describeObject } from "../model/objects.ts";
import { indexPower } from "../model/power.ts";
import { indexState } from "../model/state.ts";
import { noObjects } from "../source/source.ts";
import { builtinObjects } from "./builtin-objects.ts";
import { builtinVersions } from "./versions.ts";

const nothing = noObjects("");

describe.each(builtinVersions)("built-in objects of Kubernetes %s", (version) => {
  const state = indexState(nothing, builtinObjects(version));
  const { permissionsOfRole } = indexPower(state);
  const grants = (name: string, verb: string, resource: string) => {
    const role = state.roles.find((one) => one.name === name);
    return role !== undefined && permissionsOfRole(role).covers({ verb, group: "", resource, name: "", url: "" });
  };

  it("have the roles that people bind", () => {
    const names = state.roles.map(describeObject);
    for (const name of ["cluster-admin", "admin", "edit", "view", "system:auth-delegator"])
      expect(names).toContain(`ClusterRole ${name}`);
    expect(state.unresolved).toEqual([]);
  });
  it("have what aggregation makes of admin, edit and view", () => {
    expect([grants("view", "get", "pods"), grants("view", "get", "secrets")]).toEqual([true, false]);
    expect([grants("edit", "get", "secrets"), grants("edit", "create", "pods")]).toEqual([true, true]);
    expect([grants("admin", "create", "pods"), grants("cluster-admin", "*", "nodes/proxy")]).toEqual([true, true]);
  });
});
