import { describe, expect, it } from "vitest";
import { generationIdOf } from "./generation.ts";

const uid = "1b4e28ba-2fa1-41d2-883f-0016d3cca427";
const before = "7f0c5a52-9d2e-4a0b-8c9c-5a1d0f3e2b11";
const of = (annotation?: string, own: string | undefined = uid) =>
  generationIdOf({
    name: "sensor",
    uid: own,
    ...(annotation === undefined ? {} : { annotations: { "iotedge.dev/kept-generation": annotation } }),
  });

describe("the generation of a module", () => {
  it("is the UID of its ServiceAccount", () => {
    expect(of()).toBe(uid);
  });

  it("is the one that is kept for that account", () => {
    expect(of(`sensor/${before}`)).toBe(before);
  });

  it.each([
    ["of another account", `thief/${before}`],
    ["of an account whose name ends alike", `a-sensor/${before}`],
    ["without an account", before],
    ["in capitals", `sensor/${before.toUpperCase()}`],
    ["too long", `sensor/${before}0`],
    ["too short", `sensor/${before.slice(1)}`],
    ["with a line break", `sensor/${before}\n`],
    ["that is empty", ""],
  ])("is not one %s", (_, annotation) => {
    expect(of(annotation)).toBe(uid);
  });

  it("is unknown while the account has no UID", () => {
    expect(generationIdOf({ name: "sensor", annotations: {} })).toBeUndefined();
  });
});
