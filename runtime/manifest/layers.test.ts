import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "#base";
import { mergeLayers } from "./layers.ts";
import { parseManifest } from "./parse-manifest.ts";

const module = (image: string, more: JsonObject = {}): JsonObject => ({ type: "docker", settings: { image }, ...more });
const base = (modules: JsonObject): JsonObject => ({
  modulesContent: { $edgeAgent: { "properties.desired": { schemaVersion: "1.1", modules } } },
});
const layer = (section: JsonObject, more: JsonObject = {}): JsonObject => ({
  modulesContent: { $edgeAgent: section, ...more },
});
const desiredOf = ({ document }: ReturnType<typeof mergeLayers>) =>
  JSON.parse(JSON.stringify(document)).modulesContent.$edgeAgent["properties.desired"];

describe("layers over a base", () => {
  it("add modules, and replace as a whole those that are there", () => {
    const merged = mergeLayers(base({ a: module("r/a:1", { env: { X: { value: "1" } } }), b: module("r/b:1") }), [
      layer({ "properties.desired.modules.a": module("r/a:2"), "properties.desired.modules.c": module("r/c:1") }),
    ]);
    expect(merged.problems).toEqual([]);
    expect(desiredOf(merged).modules).toEqual({ a: module("r/a:2"), b: module("r/b:1"), c: module("r/c:1") });
    expect(parseManifest(JSON.stringify(merged.document))).toMatchObject({ ok: true });
  });

  it("win by their order, the last one first", () => {
    const over = ["r/a:2", "r/a:3"].map((image) => layer({ "properties.desired.modules.a": module(image) }));
    const merged = mergeLayers(base({ a: module("r/a:1") }), over);
    expect(desiredOf(merged).modules.a.settings.image).toBe("r/a:3");
    expect(merged.entries.map((entry) => entry.layer)).toEqual([0, 1]);
  });

  it("set what lies deeper after what it lies in, in whichever order they are written", () => {
    const merged = mergeLayers(base({}), [
      layer({
        "properties.desired.modules.a.env.X": { value: "deep" },
        "properties.desired.modules.a": module("r/a:1", { env: { Y: { value: "wide" } } }),
      }),
    ]);
    expect(desiredOf(merged).modules.a.env).toEqual({ X: { value: "deep" }, Y: { value: "wide" } });
  });

  it("take away what they set to null, and set credentials and twins of others", () => {
    const credentials = { address: "registry.plant" };
    const merged = mergeLayers(base({ a: module("r/a:1"), b: module("r/b:1") }), [
      layer(
        {
          "properties.desired.modules.a": null,
          "properties.desired.runtime.settings.registryCredentials.plant": credentials,
        },
        {
          $edgeHub: { "properties.desired.routes.up": "FROM /* INTO $upstream" },
          b: { "properties.desired": { rate: 5 } },
        },
      ),
    ]);
    const { modulesContent } = JSON.parse(JSON.stringify(merged.document));
    expect(desiredOf(merged)).toMatchObject({ runtime: { settings: { registryCredentials: { plant: credentials } } } });
    expect(Object.keys(desiredOf(merged).modules)).toEqual(["b"]);
    expect(modulesContent.$edgeHub).toEqual({ "properties.desired": { routes: { up: "FROM /* INTO $upstream" } } });
    expect(modulesContent.b).toEqual({ "properties.desired": { rate: 5 } });
  });

  it.each([
    ["the whole document", (section: JsonObject) => ({ modulesContent: { $edgeAgent: section } })],
    [
      "as IoT Hub's REST API has it",
      (section: JsonObject) => ({ content: { modulesContent: { $edgeAgent: section } } }),
    ],
    ["under the former key", (section: JsonObject) => ({ moduleContent: { $edgeAgent: section } })],
    ["the section alone", (section: JsonObject) => ({ $edgeAgent: section })],
  ])("and their base may be %s", (_, form) => {
    const below = form({ "properties.desired": { schemaVersion: "1.1", modules: {} } });
    const { document, problems } = mergeLayers(below, [form({ "properties.desired.modules.a": module("r/a:1") })]);
    expect(problems).toEqual([]);
    expect(parseManifest(JSON.stringify(document))).toMatchObject({ ok: true, manifest: { modules: [{ id: "a" }] } });
  });

  it("may stand over desired properties alone", () => {
    const over = [layer({ "properties.desired.modules.a": module("r/a:1") })];
    for (const below of [{ schemaVersion: "1.1" }, { "properties.desired": { schemaVersion: "1.1" } }]) {
      const { document } = mergeLayers(below, over);
      expect(parseManifest(JSON.stringify(document))).toMatchObject({ ok: true, manifest: { modules: [{ id: "a" }] } });
    }
  });
});

describe("a layer that is none", () => {
  it.each([
    ["a second base", layer({ "properties.desired": {} }), "is a base of its own, and a device has one"],
    ["a key of something else", layer({ "properties.desiredmodules.a": {} }), "is no key of a layer"],
    ["a key without a name", layer({ "properties.desired.modules.": {} }), "is no key of a layer"],
    ["a key of many names", layer({ [`properties.desired${".a".repeat(101)}`]: {} }), "is no key of a layer"],
    ["a text for a section", layer({}, { a: "b" }), "is not an object"],
    ["nothing", { modules: {} }, "has no modulesContent, and changes nothing"],
  ])("%s is told of", (_, written, message) => {
    const { problems } = mergeLayers(base({}), [written]);
    expect(problems).toEqual([expect.objectContaining({ layer: 0, message })]);
  });

  it("is one that leads into a text, as createOptions mostly are", () => {
    const below = base({ a: { settings: { image: "r/a:1", createOptions: "{}" } } });
    const key = "properties.desired.modules.a.settings.createOptions.User";
    const { problems, entries } = mergeLayers(below, [layer({ [key]: "1000" })]);
    expect(problems).toMatchObject([
      {
        keys: ["modulesContent", "$edgeAgent", key],
        message: "leads into modules.a.settings.createOptions, which is no object",
      },
    ]);
    expect(entries).toEqual([]);
  });

  it("is one that changes a part of a module that neither the base nor a layer has", () => {
    const below = base({ sensor: module("r/a:1") });
    const key = "properties.desired.modules.sensr.env.X";
    const { problems } = mergeLayers(below, [layer({ [key]: { value: "1" } })]);
    expect(problems).toMatchObject([
      {
        layer: 0,
        keys: ["modulesContent", "$edgeAgent", key],
        message:
          'changes a part of module "sensr", which neither the base nor a layer before it has; "sensor" is there',
      },
    ]);
    const whole = layer({ "properties.desired.modules.sensr": module("r/a:1") });
    expect(mergeLayers(below, [layer({ [key]: { value: "1" } }), whole]).problems).toEqual([]);
    expect(mergeLayers(below, [whole, layer({ [key]: { value: "1" } })]).problems).toEqual([]);
    const settings = layer({ "properties.desired.modules.sensr.settings": { image: "r/a:1" } });
    expect(mergeLayers(below, [settings]).problems).toEqual([]);
    const gone = layer({ "properties.desired.modules.sensr.env.X": null });
    expect(mergeLayers(below, [gone]).problems).toHaveLength(1);
  });

  it("stays a layer where it stands in the base's place", () => {
    const alone = layer({ "properties.desired.modules.a": module("r/a:1") });
    const { document } = mergeLayers(alone, [layer({ "properties.desired.modules.b": module("r/b:1") })]);
    expect(parseManifest(JSON.stringify(document))).toMatchObject({
      ok: false,
      errors: [{ message: "is a layer over another deployment" }],
    });
  });
});

it("merges whatever comes in without throwing, changes no input, and touches no prototype", () => {
  const name = fc.constantFrom("modules", "a", "__proto__", "constructor", "toString", "");
  const key = fc.array(name, { maxLength: 4 }).map((names) => ["properties.desired", ...names].join("."));
  const section = fc.dictionary(fc.oneof(key, fc.string()), fc.jsonValue());
  const document = fc.oneof(
    fc.dictionary(fc.string(), fc.jsonValue()),
    section.map((one) => ({ modulesContent: { $edgeAgent: one } })),
  );
  fc.assert(
    fc.property(document, fc.array(document, { maxLength: 3 }), (below, over) => {
      const before = JSON.stringify([below, over]);
      const { document: merged } = mergeLayers(below as JsonObject, over as JsonObject[]);
      expect(JSON.stringify([below, over])).toBe(before);
      expect(JSON.parse(JSON.stringify(merged))).toBeTypeOf("object");
      expect(({} as { a?: unknown }).a).toBeUndefined();
    }),
  );
});
