import { describe, expect, it } from "vitest";
import { defaultImagesFile } from "#contract";
import { resolveImages } from "./images.ts";
import { images, sampleSource } from "./test/sample-source.ts";

describe("resolveImages", () => {
  const resolve = (written: object, files: Record<string, string> = {}) =>
    resolveImages(sampleSource({}, { files }), { images: {}, imagesFile: defaultImagesFile, ...written });

  it("takes the images that the configuration names", () => {
    expect(resolve({ images })).toEqual({ value: images });
  });

  it("reads them from the file that `edgectl images build` writes", () => {
    const built = { ...images, modules: { sample: "r/sample:1" } };
    expect(resolve({}, { ".edge/images.json": JSON.stringify(built) })).toEqual({ value: built });
    expect(resolve({ imagesFile: "a/b.json" }, { "a/b.json": JSON.stringify(built) })).toEqual({ value: built });
  });

  it.each([
    ["does not exist", {}],
    ["is not valid JSON", { ".edge/images.json": "{" }],
    ["holds no JSON object", { ".edge/images.json": "[]" }],
    ["is no list of images", { ".edge/images.json": '{"iotedged": "a"}' }],
  ])("says when the file %s", (finding, files) => {
    expect(resolve({}, files as Record<string, string>)).toMatchObject({
      problems: [
        {
          path: "imagesFile",
          found: expect.stringContaining(finding),
          remedy: expect.stringContaining("images build"),
        },
      ],
    });
  });
});
