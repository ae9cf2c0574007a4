import { describe, expect, it } from "vitest";
import { placesIn } from "./place.ts";

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
