import { expect, it } from "vitest";
import { digestOfManifest, digestOfSettings } from "./observation.ts";

it("tells settings apart by what they say, not by how they are written", () => {
  const settings = { proxy: { image: "p:1", resources: {} }, names: ["a", "b"] };
  const reordered = { names: ["a", "b"], proxy: { resources: {}, image: "p:1" } };
  expect(digestOfSettings(reordered)).toBe(digestOfSettings(settings));
  expect(digestOfSettings({ ...settings, names: ["b", "a"] })).not.toBe(digestOfSettings(settings));
  expect(digestOfSettings({ ...settings, proxy: { image: "p:2", resources: {} } })).not.toBe(
    digestOfSettings(settings),
  );
});

it("tells manifests apart by their text", () => {
  expect(digestOfManifest("{}")).toMatch(/^[0-9a-f]{64}$/);
  expect(digestOfManifest("{ }")).not.toBe(digestOfManifest("{}"));
});
