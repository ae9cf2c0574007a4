import { expect, it } from "vitest";
import { createDesiredProperties } from "./desired-properties.ts";

const nested = (levels: number) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;
const twin = (version: number, properties: string) =>
  Buffer.from(`{"desired":{"$version":${version},"p":${properties}}}`);
const patch = (version: number, properties: string) => Buffer.from(`{"$version":${version},"p":${properties}}`);
const text = (change: { readonly payload: Buffer } | undefined) => JSON.parse(change?.payload.toString() ?? "null");

it("follows what a twin can have", () => {
  const desired = createDesiredProperties();
  desired.given(twin(1, "1"));
  expect(desired.changed(2, patch(2, nested(10)))).toBe("pass");
  expect(desired.changed(4, patch(4, "1"))).toBe("fetch");
  expect(text(desired.caughtUp(twin(4, "2")))).toEqual({ p: 2, $version: 4 });
});

it.each([25, 50_000])("passes on what is nested %d deep, and neither merges nor remembers it", (levels) => {
  const desired = createDesiredProperties();
  desired.given(twin(1, "1"));
  expect(desired.changed(2, patch(2, nested(levels)))).toBe("pass");
  expect(desired.caughtUp(twin(2, nested(levels)))).toBeUndefined();
  expect(desired.changed(3, patch(3, "1"))).toBe("fetch");
  expect(text(desired.caughtUp(twin(3, "3")))).toEqual({ p: 3, $version: 3 });
});
