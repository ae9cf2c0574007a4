import { describe, expect, it } from "vitest";
import type { RegisteredModule } from "#iot-hub";
import { type Facts, planIdentities } from "./plan.ts";

const keysOf = (name: string) => ({ primary: `${name}-1`, secondary: `${name}-2` });
const wanted = (...ids: string[]) => ids.map((moduleId) => ({ moduleId, generationId: "g", keys: keysOf(moduleId) }));
const registered = (moduleId: string, changes: Partial<RegisteredModule> = {}): RegisteredModule => ({
  ...{ moduleId, managedBy: "IotEdge", usesKeys: true, hasCredential: true, keys: keysOf(moduleId) },
  ...changes,
});
const bare = { usesKeys: false, hasCredential: false, keys: { primary: "", secondary: "" } };

function plan(facts: Partial<Omit<Facts, "registered">> & { registered?: readonly RegisteredModule[] }) {
  const known = new Map((facts.registered ?? []).map((one) => [one.moduleId, one]));
  const { steps, identities } = planIdentities({
    ...{ wanted: [], gone: new Set<string>(), refused: new Map(), ...facts },
    registered: known,
  });
  return {
    steps: steps.map(({ action, moduleId }) => `${action} ${moduleId}`),
    states: Object.fromEntries(identities.map(({ moduleId, state }) => [moduleId, state])),
  };
}

describe("what is written to the hub", () => {
  it("is nothing where it has the keys that iotedged signs with", () => {
    const all = [
      registered("$edgeAgent", { managedBy: undefined }),
      registered("a"),
      registered("b", { managedBy: "iotEdge" }),
    ];
    const { steps, states } = plan({ wanted: wanted("$edgeAgent", "a", "b"), registered: all });
    expect(steps).toEqual([]);
    expect(states).toEqual({ $edgeAgent: "ready", a: "ready", b: "ready" });
  });

  it("is EdgeAgent first, then what is gone, then what is there, then what is new", () => {
    const { steps, states } = plan({
      wanted: wanted("new", "changed", "$edgeHub", "$edgeAgent"),
      registered: [
        registered("$edgeAgent", { managedBy: undefined, ...bare }),
        registered("$edgeHub", { managedBy: undefined, keys: keysOf("old") }),
        registered("changed", { keys: keysOf("old") }),
        registered("old"),
      ],
      gone: new Set(["old"]),
    });
    expect(steps).toEqual(["update $edgeHub", "update $edgeAgent", "delete old", "update changed", "create new"]);
    expect(new Set(Object.values(states))).toEqual(new Set(["waiting"]));
  });

  it("is nothing of what a device of IoT Edge comes with, where the device has come without", () => {
    const { steps, states } = plan({ wanted: wanted("$edgeAgent", "$edgeHub", "a") });
    expect(steps).toEqual(["create a"]);
    expect(states).toEqual({ $edgeAgent: "refused", $edgeHub: "refused", a: "waiting" });
  });

  it("is a key that the hub has under its other name: a swap is written back", () => {
    const swapped = { primary: "a-2", secondary: "a-1" };
    expect(plan({ wanted: wanted("a"), registered: [registered("a", { keys: swapped })] }).steps).toEqual(["update a"]);
  });

  it("makes keys for identities that the hub has made for modules to come", () => {
    for (const managedBy of ["IotEdge", undefined])
      expect(plan({ wanted: wanted("a"), registered: [registered("a", { managedBy, ...bare })] }).steps).toEqual([
        "update a",
      ]);
  });

  it.each([
    ["somebody else's", { managedBy: "other", keys: keysOf("theirs") }],
    ["somebody else's without keys", { managedBy: "other", ...bare }],
    ["nobody's with keys", { managedBy: undefined, keys: keysOf("hand") }],
    ["nobody's with a certificate", { managedBy: undefined, usesKeys: false, keys: { primary: "", secondary: "" } }],
  ])("never touches an identity that is %s", (_, changes) => {
    const foreign = registered("a", changes);
    expect(plan({ wanted: wanted("a"), registered: [foreign] })).toEqual({ steps: [], states: { a: "foreign" } });
    expect(plan({ registered: [foreign], gone: new Set(["a"]) }).steps).toEqual([]);
  });

  it("deletes only what was here and is gone, and never what comes with a device", () => {
    const all = [registered("$edgeHub"), registered("here"), registered("of-a-vm"), registered("to-come", bare)];
    const gone = new Set(["$edgeHub", "here", "to-come"]);
    expect(plan({ registered: all, gone }).steps).toEqual(["delete here"]);
    expect(plan({ wanted: wanted("here"), registered: all, gone }).steps).toEqual([]);
  });

  it("is not asked for again where the hub has refused it, unless the keys are others", () => {
    const refused = new Map([["a", keysOf("a")]]);
    expect(plan({ wanted: wanted("a"), refused })).toEqual({ steps: [], states: { a: "refused" } });
    expect(plan({ wanted: wanted("a"), refused: new Map([["a", keysOf("old")]]) }).steps).toEqual(["create a"]);
  });
});
