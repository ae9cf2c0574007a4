import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FakeClock } from "../../../../test/fakes/clock.ts";
import { type MessageStore, openMessageStore, type StoreOptions } from "./message-store.ts";

let folder: string;
let clock: FakeClock;
const open: MessageStore[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "store-"));
  clock = new FakeClock();
});
afterEach(() => {
  for (const store of open.splice(0)) store.close();
  rmSync(folder, { recursive: true });
});

function openStore(more: Partial<StoreOptions> = {}, onDamaged = (_: string) => {}): MessageStore {
  const store = openMessageStore({ folder, maxBytes: 1e6, maxAge: 3_600_000, clock, ...more }, onDamaged);
  open.push(store);
  return store;
}
const close = (store: MessageStore) => {
  open.splice(open.indexOf(store), 1);
  store.close();
};
const message = (text: string) => ({ bag: "%24.on=readings", payload: Buffer.from(text) });
const texts = (store: MessageStore, moduleId = "sensor", after = 0, limit = 100) =>
  store.read(moduleId, after, limit).map(({ payload }) => Buffer.from(payload).toString());
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("the store", () => {
  it("keeps each module's messages in their order, over an end of the process", async () => {
    const store = openStore();
    await Promise.all(["1", "2", "3"].map((text) => store.append("sensor", message(text))));
    await store.append("other", message("x"));
    close(store);
    const again = openStore();
    expect(texts(again)).toEqual(["1", "2", "3"]);
    expect(texts(again, "other")).toEqual(["x"]);
    expect(again.read("sensor", 0, 1)[0]).toMatchObject({ bag: "%24.on=readings" });
    expect(again.counts()).toMatchObject({ waiting: 4, bytes: expect.any(Number), stored: 0 });
    expect(again.counts().bytes).toBe(4 * (1 + "%24.on=readings".length + 200));
  });

  it("forgets what was removed, at once and on the disk", async () => {
    const store = openStore();
    for (const text of ["1", "2", "3"]) await store.append("sensor", message(text));
    const [first] = store.read("sensor", 0, 1);
    store.remove(first?.id ?? 0);
    expect(texts(store, "sensor", 0, 1)).toEqual(["2"]);
    await turn();
    expect(store.counts()).toMatchObject({ waiting: 2 });
    close(store);
    expect(texts(openStore())).toEqual(["2", "3"]);
  });

  it("never gives an id twice, so that a late acknowledgement removes nothing else", async () => {
    const store = openStore();
    await store.append("sensor", message("1"));
    const [first] = store.read("sensor", 0, 1);
    store.remove(first?.id ?? 0);
    close(store);
    const again = openStore();
    await again.append("sensor", message("2"));
    expect(again.read("sensor", 0, 1)[0]?.id).toBeGreaterThan(first?.id ?? 0);
  });

  it("drops the oldest of all modules when it is full, and counts them", async () => {
    const store = openStore({ maxBytes: 3 * 300 });
    await store.append("other", message("x"));
    for (const text of ["1", "2", "3", "4"]) await store.append("sensor", message(text.repeat(80)));
    expect(texts(store, "other")).toEqual([]);
    expect(texts(store).map((text) => text[0])).toEqual(["2", "3", "4"].slice(-3));
    expect(store.counts()).toMatchObject({ waiting: 3, droppedForSize: 2, droppedForAge: 0, stored: 5 });
    expect(store.counts().bytes).toBeLessThanOrEqual(900);
  });

  it("drops what is too old, also what waited while nothing ran", async () => {
    const store = openStore({ maxAge: 600_000 });
    for (let index = 0; index < 250; index++) await store.append("sensor", message("old"));
    await clock.advance(300_000);
    await store.append("sensor", message("young"));
    await clock.advance(361_000);
    expect(texts(store)).toEqual(["young"]);
    expect(store.counts()).toMatchObject({ waiting: 1, droppedForAge: 250 });
    close(store);
    await clock.advance(600_000);
    const again = openStore({ maxAge: 600_000 });
    expect(again.counts()).toMatchObject({ waiting: 0, bytes: 0, droppedForAge: 1 });
  });

  it("belongs to one process alone", () => {
    openStore();
    expect(() => openStore()).toThrow("locked");
  });

  it("fails what it cannot write, and goes on with what is there", async () => {
    const store = openStore();
    await store.append("sensor", message("1"));
    const bad = { bag: "", payload: { byteLength: 1 } as unknown as Uint8Array };
    const outcomes = await Promise.allSettled([store.append("sensor", bad), store.append("sensor", message("2"))]);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(store.counts()).toMatchObject({ waiting: 1, stored: 1 });
    await store.append("sensor", message("3"));
    expect(texts(store)).toEqual(["1", "3"]);
  });

  it("moves a damaged file aside", async () => {
    writeFileSync(join(folder, "messages.db"), "no database".repeat(1000));
    const damaged: string[] = [];
    const store = openStore({}, (path) => void damaged.push(path));
    await store.append("sensor", message("1"));
    expect(damaged).toEqual([join(folder, "messages.db.damaged")]);
    expect(readdirSync(folder)).toContain("messages.db.damaged");
  });
});
