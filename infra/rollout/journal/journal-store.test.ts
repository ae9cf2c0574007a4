import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Event } from "../model/event.ts";
import { sampleRun, sampleWave } from "../scheduler/test/sample-run.ts";
import { openJournalStore } from "./journal-store.ts";
import { MemoryFiles } from "./test/memory-files.ts";

const run = sampleRun([sampleWave("w0", ["a", "b"])]);
const path = `/runs/${run.id}/journal.ndjson`;
const event = (at: number, text = "any"): Event => ({ type: "paused", at, by: text, reason: text });
const events = fc.array(
  fc.string().map((text) => event(1, text)),
  { maxLength: 12 },
);

describe("a journal in memory", () => {
  it("gives back what was appended, whatever the texts", async () => {
    await fc.assert(
      fc.asyncProperty(events, async (written) => {
        const store = openJournalStore("/runs", new MemoryFiles());
        const journal = await store.create(run);
        for (const one of written) await journal.append(one);
        expect(await store.read(run.id)).toEqual({ run, events: written });
      }),
    );
  });

  it("has all that was reported as written when the power fails at any byte, and goes on", async () => {
    await fc.assert(
      fc.asyncProperty(events, events, fc.nat(), async (reported, unreported, cut) => {
        const files = new MemoryFiles();
        const store = openJournalStore("/runs", files);
        const journal = await store.create(run);
        await journal.append(...reported);
        const file = files.content.get(path);
        const end = file?.synced ?? 0;
        await journal.append(...unreported);
        if (file !== undefined) file.synced = end;
        // Cut anywhere behind what was reported: inside a record, behind one, or in the middle of a character.
        files.losePower(path, end + (cut % ((file?.bytes.length ?? 0) - end + 1)));
        const opened = await store.open(run.id);
        expect(opened.events.slice(0, reported.length)).toEqual(reported);
        expect([...reported, ...unreported].slice(0, opened.events.length)).toEqual(opened.events);
        await opened.append(event(9));
        expect((await store.read(run.id)).events).toEqual([...opened.events, event(9)]);
      }),
    );
  });

  it("refuses a file that was changed anywhere before its end", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 255 }), async (place, flip) => {
        const files = new MemoryFiles();
        const store = openJournalStore("/runs", files);
        await (await store.create(run)).append(event(1), event(2), event(3));
        const file = files.content.get(path);
        if (file === undefined) throw new Error("no journal");
        // The last line feed may go: then the last record counts as torn.
        const changed = place % (file.bytes.length - 1);
        file.bytes = Buffer.from(file.bytes);
        file.bytes[changed] = (file.bytes[changed] ?? 0) ^ flip;
        await expect(store.open(run.id)).rejects.toMatchObject({ code: "EDGE_ROLLOUT_JOURNAL_DAMAGED" });
      }),
    );
  });

  it("refuses lines that were left out, doubled, swapped or taken from another run", async () => {
    const files = new MemoryFiles();
    const store = openJournalStore("/runs", files);
    await (await store.create(run)).append(event(1), event(2), event(3));
    const file = files.content.get(path);
    if (file === undefined) throw new Error("no journal");
    const [a = "", b = "", c = ""] = file.bytes.toString().split("\n");
    for (const lines of [
      [a, c],
      [b, c],
      [a, a, b, c],
      [a, c, b],
      [a, "", b],
    ]) {
      file.bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
      await expect(store.read(run.id)).rejects.toMatchObject({ code: "EDGE_ROLLOUT_JOURNAL_DAMAGED" });
    }
    const other = { ...run, createdBy: "somebody else" };
    const otherFiles = new MemoryFiles();
    await openJournalStore("/runs", otherFiles).create(other);
    otherFiles.content.set(path, { bytes: Buffer.from(`${a}\n`), synced: 0 });
    const moved = openJournalStore("/runs", otherFiles).read(run.id);
    await expect(moved).rejects.toMatchObject({ code: "EDGE_ROLLOUT_JOURNAL_DAMAGED" });
  });

  it("reads any bytes without anything but its own error", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        const files = new MemoryFiles();
        const store = openJournalStore("/runs", files);
        await store.create(run);
        files.content.set(path, { bytes: Buffer.from(bytes), synced: 0 });
        const outcome = await store.open(run.id).then(
          ({ events }) => events.length,
          (error) => error.code,
        );
        expect([0, "EDGE_ROLLOUT_JOURNAL_DAMAGED"]).toContain(outcome);
      }),
    );
  });

  it("shares one write among appends at the same time", async () => {
    const files = new MemoryFiles();
    const journal = await openJournalStore("/runs", files).create(run);
    await Promise.all(Array.from({ length: 100 }, (_, index) => journal.append(event(index))));
    expect(files.syncs).toBeLessThanOrEqual(2);
    expect((await openJournalStore("/runs", files).read(run.id)).events).toHaveLength(100);
  });

  it("takes nothing more after a write that failed", async () => {
    const files = new MemoryFiles();
    const journal = await openJournalStore("/runs", files).create(run);
    files.failure = "ENOSPC";
    await expect(journal.append(event(1))).rejects.toMatchObject({ code: "EDGE_ROLLOUT_JOURNAL_WRITE" });
    files.failure = undefined;
    await expect(journal.append(event(2))).rejects.toMatchObject({ code: "EDGE_ROLLOUT_JOURNAL_WRITE" });
  });

  it("has a limit for a record and for all of them", async () => {
    const limits = { recordBytes: 1000, journalBytes: 2000 };
    const create = () => openJournalStore("/runs", new MemoryFiles(), limits).create(run);
    const large = (await create()).append(event(1, "x".repeat(1000)));
    await expect(large).rejects.toMatchObject({ code: "EDGE_ROLLOUT_JOURNAL_FULL" });
    const many = (await create()).append(...Array.from({ length: 20 }, (_, index) => event(index)));
    await expect(many).rejects.toMatchObject({ code: "EDGE_ROLLOUT_JOURNAL_FULL" });
  });

  it("knows no run that is not there, and makes none twice", async () => {
    const store = openJournalStore("/runs", new MemoryFiles());
    await expect(store.open("20260101-000000-0000")).rejects.toMatchObject({ code: "EDGE_ROLLOUT_RUN_UNKNOWN" });
    await expect(store.open("../secrets")).rejects.toMatchObject({ code: "EDGE_ROLLOUT_RUN_UNKNOWN" });
    await store.create(run);
    await expect(store.create(run)).rejects.toMatchObject({ code: "EDGE_ROLLOUT_RUN_EXISTS" });
    expect(await store.list()).toEqual([run.id]);
  });
});

describe("a journal that cannot be opened", () => {
  it("leaves no file open", async () => {
    const files = new MemoryFiles();
    const store = openJournalStore("/runs", files);
    await (await store.create(run))[Symbol.asyncDispose]();
    const file = files.content.get(path);
    if (file !== undefined) file.bytes = Buffer.from("torn");
    files.failure = "EIO";
    await expect(store.open(run.id)).rejects.toMatchObject({ code: "EIO" });
    expect(files.open).toBe(0);
  });
});

describe("a journal on disk", () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "edge-journal-"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it("survives being closed, and a torn record", async () => {
    const store = openJournalStore(directory);
    const journal = await store.create(run);
    await journal.append(event(1), event(2));
    await journal[Symbol.asyncDispose]();
    const file = join(directory, run.id, "journal.ndjson");
    await writeFile(file, '{"v":1,"seq":3,"sum":"', { flag: "a" });
    const opened = await store.open(run.id);
    expect(opened.events).toEqual([event(1), event(2)]);
    await opened.append(event(3));
    await opened[Symbol.asyncDispose]();
    expect((await store.read(run.id)).events).toEqual([event(1), event(2), event(3)]);
    expect((await readFile(file, "utf8")).split("\n")).toHaveLength(4);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it("makes no run twice", async () => {
    const store = openJournalStore(directory);
    await (await store.create(run))[Symbol.asyncDispose]();
    await expect(store.create(run)).rejects.toMatchObject({ code: "EDGE_ROLLOUT_RUN_EXISTS" });
    expect(await store.list()).toEqual([run.id]);
  });
});
