import { describe, expect, it } from "vitest";
import { pathOf } from "#manifest";
import { placeAt, placesIn, placesInParts } from "./place.ts";

const text = `{
  "content": {
    "modulesContent": {
      "$edgeAgent": {
        "properties.desired": {
          "modules": {
            "a b": { "settings": { "image": "x" } },
            "web": {
              "settings": { "createOptions": "{\\"HostConfig\\": {\\"Privileged\\": true}}" }
            },
            "list": { "env": [1, [2]] }
          }
        }
      }
    }
  }
}`;

describe("placesIn", () => {
  const place = placesIn(text);
  it.each([
    ["", 5, 31],
    ["modules.web", 8, 20],
    ['modules["a b"].settings.image', 7, 45],
    ["modules.list.env[1][0]", 11, 35],
    ["modules.web.settings.createOptions.HostConfig.Privileged", 9, 46],
    ["modules.web.settings.image", 9, 27],
    ["schemaVersion", 5, 31],
  ])("%s is at line %i, column %i", (path, line, column) => expect(place(path)).toEqual({ line, column }));

  it("finds a bare section as well", () => {
    expect(placesIn('{"schemaVersion": "1.1"}')("schemaVersion")).toEqual({ line: 1, column: 19 });
  });

  it("has no place for what is deeper than the parser goes", () => {
    expect(placesIn("[".repeat(200_000) + "]".repeat(200_000))("")).toBeUndefined();
  });
});

describe("placesInParts", () => {
  const layers = [
    `{ "modulesContent": { "$edgeAgent": {
  "properties.desired.modules.web": { "settings": { "image": "y" } } },
  "web": { "properties.desired": {} } } }`,
    `{ "$edgeAgent": {
  "properties.desired.modules.web.env.X": { "value": "1" } } }`,
  ];
  const set = (layer: number, steps: string, twin = "$edgeAgent") => ({ layer, twin, steps: steps.split(".") });
  const entries = [set(0, "modules.web"), { layer: 0, twin: "web", steps: [] }, set(1, "modules.web.env.X")];
  const place = placesInParts([text, ...layers], entries);

  it.each([
    ["modules.list.env[1][0]", 0, 11, 35],
    ["modules.web.settings.image", 1, 2, 62],
    ["modules.web.version", 1, 2, 37],
    ["modules.web.env.X.value", 2, 2, 54],
    ["modulesContent.web", 1, 3, 34],
    ["content.modulesContent.web", 1, 3, 34],
  ])("%s is in part %i at line %i, column %i", (path, part, line, column) => {
    expect(place(path)).toEqual({ part, line, column });
  });

  it.each(["a".repeat(100), "\u0001".repeat(100), "\\u1".repeat(60), 'a"]'.repeat(60)])(
    "finds a key that paths do not show in full: %j",
    (long) => {
      const before = '{"properties.desired":{"modules":{},"list":[[1]],';
      const layer = `{"modulesContent":{"$edgeAgent":\n${JSON.stringify({ [`properties.desired.modules.${long}`]: 1 })}}}`;
      const path = pathOf(pathOf("modules", long), "image");
      expect(path).toContain("...]");
      const found = placesInParts([text, layer], [{ layer: 0, twin: "$edgeAgent", steps: ["modules", long] }])(path);
      expect(found).toMatchObject({ part: 1, line: 2 });
      const own = placesIn(`${before}\n${JSON.stringify(long)}: {\n"b": 1}}}`);
      expect(own(pathOf(pathOf("", long), "b"))).toEqual({ line: 3, column: 6 });
      expect(own(pathOf("list[0]", long))).toEqual({ line: 1, column: 45 });
    },
  );

  it("finds what stands beside properties.desired, and keys of a layer", () => {
    expect(placesIn('{"$schema-template": "4", "modulesContent": {}}')("$schema-template")).toEqual({
      line: 1,
      column: 22,
    });
    expect(placeAt(layers[1] ?? "", ["$edgeAgent", "properties.desired.modules.web.env.X"])).toEqual({
      line: 2,
      column: 43,
    });
    expect(placeAt("[", ["a"])).toBeDefined();
  });
});
