import { ConcurrentUpdateError, type EngineEvent, type UpdateSummary } from "@pulumi/pulumi/automation/index.js";
import { describe, expect, test } from "vitest";
import { captureUpdate, updateMessage } from "./last-update.ts";
import { readPreview } from "./stack-events.ts";
import { whenUnlocked } from "./stack-lock.ts";

const never = new AbortController().signal;

function step(op: string, kind: string, more: object = {}): EngineEvent {
  const inputs = { apiVersion: "v1", kind, metadata: { name: "n", namespace: "s" } };
  const state = { inputs };
  const type = `kubernetes:core/v1:${kind}`;
  const metadata = { op, type, urn: `urn:pulumi:a::b::${type}::n`, old: state, new: state, ...more };
  return { sequence: 0, timestamp: 0, resourcePreEvent: { metadata } } as unknown as EngineEvent;
}

describe("Pulumi's previews", () => {
  test("are read as changes of objects, without values", () => {
    const detailedDiff = {
      "data.key": { diffKind: "update", inputDiff: true },
      "data.b": { diffKind: "add", inputDiff: true },
    };
    const { changes, before, after } = readPreview([
      step("same", "Service"),
      step("update", "ConfigMap", { detailedDiff }),
      step("create", "ServiceAccount", { old: undefined }),
      step("create-replacement", "Secret"),
      step("replace", "Secret"),
    ]);
    expect(changes).toEqual([
      { operation: "update", object: "v1/ConfigMap s/n", fields: ["data.b: added", "data.key: changed"] },
      { operation: "replace", object: "v1/Secret s/n", fields: [] },
      { operation: "create", object: "v1/ServiceAccount s/n", fields: [] },
    ]);
    expect([before.length, after.length]).toEqual([0, 1]);
  });

  test("the last update says what to go back to, and which run made it", () => {
    const update = (more: object) =>
      ({
        kind: "update",
        result: "succeeded",
        version: 3,
        message: "",
        environment: { "git.head": "abc" },
        ...more,
      }) as never;
    const run = updateMessage("20261123-021500-0001");
    const history: readonly UpdateSummary[] = [update({ result: "failed" }), update({ message: run })];
    expect(captureUpdate("s", history).update).toEqual({
      number: 3,
      revision: "abc",
      dirty: false,
      run: "20261123-021500-0001",
    });
    expect(captureUpdate("s", [])).toEqual({ version: 1, stack: "s" });
    expect(captureUpdate("s", [update({ kind: "destroy" })]).update).toBeUndefined();
  });
});

describe("a locked stack", () => {
  const message = `code: 255
 stderr: error: the stack is currently locked by 1 lock(s).
  https://bucket/locks/1.json: created by ann@here (pid 7) at 2026-11-23T07:02:32Z
`;
  const locked = Object.assign(Object.create(ConcurrentUpdateError.prototype), { message });
  const options = (timeout: number) => {
    let now = 0;
    const timer = {
      now: () => now,
      sleep: async (milliseconds: number) => {
        now += milliseconds;
      },
    };
    return {
      stack: "s",
      verb: "deploy",
      timeout,
      signal: never,
      timer,
      cancel: "pulumi cancel --stack s",
      release: async () => {},
    };
  };

  test("is waited for", async () => {
    let tries = 0;
    const work = async () => {
      tries += 1;
      if (tries < 4) throw locked;
      return "done";
    };
    expect(await whenUnlocked(options(600), work)).toBe("done");
  });

  test("that a process has left behind is released, once", async () => {
    let released = 0;
    const release = async () => {
      released += 1;
    };
    const left = { ...options(20), release, isAbandoned: () => true };
    expect(await whenUnlocked(left, async () => (released === 1 ? "done" : Promise.reject(locked)))).toBe("done");
    await expect(whenUnlocked(left, async () => Promise.reject(locked))).rejects.toMatchObject({
      code: "EDGE_ROLLOUT_STACK_LOCKED",
    });
    expect(released).toBe(2);
  });

  test("is explained when it stays locked; other errors come through", async () => {
    const stays = whenUnlocked(options(20), async () => Promise.reject(locked));
    await expect(stays).rejects.toMatchObject({
      code: "EDGE_ROLLOUT_STACK_LOCKED",
      message: "stack s is locked by ann@here (pid 7) since 2026-11-23T07:02:32Z",
      remedy: expect.stringContaining("`pulumi cancel --stack s`"),
    });
    await expect(whenUnlocked(options(20), async () => Promise.reject(new TypeError("boom")))).rejects.toThrow("boom");
  });
});
