import { describe, expect, test } from "vitest";
import { describeLock, isAbandoned } from "./pulumi-lock.ts";

const saying = (...lines: readonly string[]) =>
  `error: the stack is currently locked by ${lines.length} lock(s). Either wait or delete.\n  ${lines.join("\n  ")}\n`;

describe("a lock of Pulumi", () => {
  test.each([
    ["file:///state/locks/1.json: created by ann@here (pid 7) at 2026-11-23T07:02:32Z", true],
    ["file:///state/locks/1.json: created by ann@here (pid 8) at 2026-11-23T07:02:32Z", false],
    ["file:///state/locks/1.json: created by ann@there (pid 7) at 2026-11-23T07:02:32Z", false],
    ["s3://state/locks/1.json: created by ann@here (pid 7) at 2026-11-23T07:02:32Z", false],
    ["[409] Conflict: Another update is currently in progress.", false],
  ])("is known to be left behind only where its process can be looked for: %s", (line, expected) => {
    const machine = { host: "here", isAlive: (pid: number) => pid === 8 };
    expect(isAbandoned(saying(line), machine)).toBe(expected);
  });

  test("is described by who holds it", () => {
    const ann = "s3://b/locks/1.json: created by ann@office (pid 7) at 2026-11-23T07:02:32Z";
    const bob = "s3://b/locks/2.json: created by AD\\bob smith@office-2 (pid 8) at 2026-11-23T07:02:33+01:00";
    expect(describeLock(saying(ann, bob))).toBe(
      "ann@office (pid 7) since 2026-11-23T07:02:32Z, AD\\bob smith@office-2 (pid 8) since 2026-11-23T07:02:33+01:00",
    );
    expect(describeLock("error: [409] Conflict: Another update is currently in progress.")).toBe("another update");
    expect(describeLock("error: update failed")).toBeUndefined();
  });
});
