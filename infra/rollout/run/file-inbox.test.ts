import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openFileInbox, submitRequest } from "./file-inbox.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "edge-inbox-"));
});
afterEach(() => rm(directory, { recursive: true }));

const pause = { type: "paused", by: "alice", reason: "incident" } as const;

describe("file inbox", () => {
  test("a request reaches the process that has the run, once, and its answer comes back", async () => {
    const inbox = openFileInbox(directory);
    const submitted = submitRequest(directory, pause, 20);
    let [request] = await inbox.take();
    await expect.poll(async () => (request ??= (await inbox.take())[0]), { timeout: 20_000 }).toBeDefined();
    expect(request?.event).toEqual(pause);
    expect(await inbox.take()).toEqual([]);
    await request?.settle();
    await submitted;
    expect(await readdir(directory)).toEqual([]);
  });

  test("a refusal is the error of who asked", async () => {
    const inbox = openFileInbox(directory);
    const submitted = submitRequest(directory, pause, 20);
    const failed = expect(submitted).rejects.toMatchObject({
      code: "EDGE_ROLLOUT_REQUEST_REFUSED",
      message: "no",
      remedy: "wait",
    });
    await expect
      .poll(async () => Promise.all((await inbox.take()).map((one) => one.settle({ message: "no", remedy: "wait" }))), {
        timeout: 20_000,
      })
      .not.toEqual([]);
    await failed;
  });

  test("without an answer the request is taken back", async () => {
    let now = 0;
    const timer = {
      now: () => now,
      sleep: async (milliseconds: number) => {
        now += milliseconds;
      },
    };
    await expect(submitRequest(directory, pause, 5, timer)).rejects.toMatchObject({ code: "EDGE_ROLLOUT_NO_ANSWER" });
    expect(await openFileInbox(directory).take()).toEqual([]);
  });

  test("whatever somebody puts there, only requests come out", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.json()), async (content) => {
        await writeFile(join(directory, "1.request.json"), content);
        expect(await openFileInbox(directory).take()).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });
});
