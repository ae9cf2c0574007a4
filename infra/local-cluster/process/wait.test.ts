import { describe, expect, it } from "vitest";
import { settleAll } from "./wait.ts";

describe("settleAll", () => {
  it("throws the first error, but not before everything has come to its end", async () => {
    let ended = false;
    const slow = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      ended = true;
    });
    await expect(settleAll([Promise.reject(new Error("etcd")), slow])).rejects.toThrow("etcd");
    expect(ended).toBe(true);
  });

  it("does nothing else when all went well", async () => {
    await expect(settleAll([Promise.resolve(1), Promise.resolve("a")])).resolves.toBeUndefined();
  });
});
