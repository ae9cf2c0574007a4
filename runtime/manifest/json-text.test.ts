import { expect, it } from "vitest";
import { parseManifest } from "./parse-manifest.ts";

const parse = (createOptions: string) =>
  parseManifest(
    JSON.stringify({ schemaVersion: "1.1", modules: { a: { settings: { image: "r/a:1", createOptions } } } }),
  );

it("names the placeholder with which options are no JSON", () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of a template
  expect(parse('{"User":"1000",${MORE}}')).toMatchObject({
    errors: [
      {
        path: "modules.a.settings.createOptions",
        // biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of a template
        message: 'is not JSON with the placeholder "${MORE}" in it',
        remedy: expect.stringContaining("valueFrom"),
      },
    ],
  });
});

it("says where options are no JSON that have none", () =>
  expect(parse('{"User" "1"}')).toMatchObject({ errors: [{ message: "is not JSON, as its character 9 shows" }] }));
