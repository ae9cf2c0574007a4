import { describe, expect, test } from "vitest";
import { againOnConflict } from "./again-on-conflict.ts";
import { renderErrors } from "./errors.ts";

const conflict = () => renderErrors.EDGE_RENDER_STATE_CONFLICT({ file: "alpha.json" });

/** A rendering that fails so often, and how often it was asked for. */
function failing(times: number, error: Error) {
  const calls: number[] = [];
  const rendering = async () => {
    calls.push(calls.length);
    if (calls.length <= times) throw error;
    return "objects";
  };
  return { calls, rendering };
}

describe("work beside another command on the same stack", () => {
  test("is made again with the keys that the other has kept", async () => {
    const { calls, rendering } = failing(2, conflict());
    expect(await againOnConflict(rendering)).toBe("objects");
    expect(calls).toHaveLength(3);
  });

  test("fails where the other goes on and on", async () => {
    const { calls, rendering } = failing(9, conflict());
    await expect(againOnConflict(rendering)).rejects.toMatchObject({ code: "EDGE_RENDER_STATE_CONFLICT" });
    expect(calls).toHaveLength(3);
  });

  test("fails at once for another reason", async () => {
    const { calls, rendering } = failing(9, new Error("broken"));
    await expect(againOnConflict(rendering)).rejects.toThrow("broken");
    expect(calls).toHaveLength(1);
  });
});
