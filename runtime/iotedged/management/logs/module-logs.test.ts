import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { annotations, formerModuleObjectName, labels, moduleObjectName } from "#contract";
import { FakeClock, settle } from "../../../../test/fakes/clock.ts";
import { FakeObjectStore } from "../../../../test/fakes/object-store.ts";
import { kubernetesErrors } from "../../../shared/kubernetes/errors.ts";
import { type Pod, pods } from "../../../shared/kubernetes/kinds.ts";
import { createSlots } from "../slots.ts";
import type { LogQuery } from "./log-query.ts";
import { createModuleLogs } from "./module-logs.ts";
import type { PodLogRequest } from "./pod-log-source.ts";

const all: LogQuery = { follow: false, tail: undefined, since: undefined, until: undefined, timestamps: false };
const times = ["2026-01-01T00:00:01.5Z", "2026-01-01T00:00:02Z", "2026-01-01T00:00:03.000000001Z"];
const lines = times.map((time, index) => `${time} line ${index + 1}\n`).join("");

let clock: FakeClock;
let store: FakeObjectStore;
let asked: PodLogRequest[];
let chunks: (signal: AbortSignal) => AsyncIterable<Uint8Array>;
let leave: AbortController;
let ending: AbortController;

beforeEach(() => {
  clock = new FakeClock(Date.parse("2026-01-01T01:00:00Z"));
  store = new FakeObjectStore();
  asked = [];
  leave = new AbortController();
  ending = new AbortController();
  chunks = () => bytes(lines);
});

afterEach(() => leave.abort());

async function* bytes(...texts: string[]) {
  for (const text of texts) yield Buffer.from(text);
}

/** Gives a text, and then nothing until it is told to end, as a log that is followed. */
async function* waiting(text: string, signal: AbortSignal) {
  yield Buffer.from(text);
  await new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
}

function createLogs(places = 2) {
  return createModuleLogs({
    pods: store.informer(pods),
    source: async (request, signal) => {
      asked.push(request);
      return chunks(signal);
    },
    slots: createSlots(places),
    ending: ending.signal,
    clock,
  });
}

function run(moduleId: string, name: string, created = "2026-01-01T00:00:00Z", nodeName: string | null = "n"): void {
  const module = moduleObjectName(moduleId);
  const containers = [{ name: "proxy" }, { name: module }];
  const metadata = { name, creationTimestamp: created, labels: { [labels.module]: module } };
  store.put({ apiVersion: "v1", kind: "Pod", metadata, spec: { containers, ...(nodeName && { nodeName }) } } as Pod);
}

async function textOf(source: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts).toString();
}

const read = async (query: Partial<LogQuery> = {}) =>
  textOf((await createLogs()("sensor", { ...all, ...query }, leave.signal)).chunks);

describe("the log of a module", () => {
  it("is that of its own container in its newest pod, as it is", async () => {
    run("sensor", "sensor-old", "2025-01-01T00:00:00Z");
    run("sensor", "sensor-new");
    run("other", "other-1", "2026-01-02T00:00:00Z");
    expect(await read({ tail: 5, since: 1000 })).toBe(lines);
    expect(asked).toEqual([
      { pod: "sensor-new", container: "sensor", follow: false, timestamps: false, tail: 5, since: 1000 },
    ]);
  });

  it("is that of the newest pod that has a node, because a pod without one has no log yet", async () => {
    run("sensor", "sensor-waits", "2026-01-02T00:00:00Z", null);
    await expect(read({ follow: true })).rejects.toMatchObject({ status: 409 });
    run("sensor", "sensor-runs");
    await read();
    expect(asked.map(({ pod }) => pod)).toEqual(["sensor-runs"]);
  });

  it("is found by the module's former name, too, and is not that of another id of that name", async () => {
    const module = formerModuleObjectName("Sensor");
    for (const [name, id, day] of [
      ["mine", "Sensor", "01"],
      ["another's", "Another", "02"],
    ] as const) {
      run("Sensor", name);
      const [pod] = store.select(pods).filter(({ metadata }) => metadata.name === name);
      const notes = { [annotations.moduleId]: id };
      const creationTimestamp = `2026-01-${day}T00:00:00Z`;
      const metadata = { name, creationTimestamp, labels: { [labels.module]: module }, annotations: notes };
      store.put({ ...pod, metadata } as Pod);
    }
    await textOf((await createLogs()("Sensor", all, leave.signal)).chunks);
    expect(asked.map(({ pod }) => pod)).toEqual(["mine"]);
  });

  it("is 404 without module or pod", async () => {
    await expect(read()).rejects.toMatchObject({ status: 404 });
  });

  it.each([
    [kubernetesErrors.EDGE_KUBERNETES_NOT_FOUND, 404],
    [kubernetesErrors.EDGE_KUBERNETES_INVALID, 409],
    [kubernetesErrors.EDGE_KUBERNETES_FORBIDDEN, 503],
    [kubernetesErrors.EDGE_KUBERNETES_TIMEOUT, 503],
  ])("answers what the API server says with a status that fits", async (error, status) => {
    run("sensor", "sensor-1");
    chunks = () => {
      throw error({ verb: "get", path: "/log", fields: "", status: 400, seconds: 1 } as never);
    };
    await expect(read()).rejects.toMatchObject({ status });
  });

  const half = Date.parse("2026-01-01T00:00:02Z");

  it("ends with the last line up to a time, with times where they are asked for", async () => {
    run("sensor", "sensor-1");
    expect(await read({ until: half })).toBe("line 1\nline 2\n");
    expect(await read({ until: half, timestamps: true })).toBe(lines.split("\n").slice(0, 2).join("\n").concat("\n"));
    expect(asked.map(({ timestamps }) => timestamps)).toEqual([true, true]);
  });

  it("has the last lines up to a time", async () => {
    run("sensor", "sensor-1");
    expect(await read({ until: half, tail: 1 })).toBe("line 2\n");
    expect(asked[0]).not.toHaveProperty("tail");
  });

  it("is the same however it is cut into chunks", async () => {
    run("sensor", "sensor-1");
    for (const size of [1, 7, 30]) {
      const parts = lines.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];
      chunks = () => bytes(...parts);
      expect(await read({ until: half })).toBe("line 1\nline 2\n");
    }
  });
});

describe("a log that is followed", () => {
  beforeEach(() => {
    run("sensor", "sensor-1");
    chunks = (signal) => waiting(lines, signal);
  });

  it.each([
    ["the client leaves", () => leave.abort()],
    ["iotedged stops", () => ending.abort()],
    ["its end comes", () => clock.advance(60_000)],
  ])("ends in order when %s", async (_what, end) => {
    const log = await createLogs()("sensor", { ...all, follow: true, until: clock.now() + 60_000 }, leave.signal);
    const text = textOf(log.chunks);
    await settle();
    await end();
    expect(await text).toBe("line 1\nline 2\nline 3\n");
  });

  it("is not followed when its end is past", async () => {
    chunks = () => bytes(lines);
    await read({ follow: true, until: clock.now() - 1 });
    expect(asked[0]?.follow).toBe(false);
  });

  it("leaves no timer behind when its client leaves before its end", async () => {
    await createLogs()("sensor", { ...all, follow: true, until: clock.now() + 60_000 }, leave.signal);
    expect(clock.pending).toBe(1);
    leave.abort();
    expect(clock.pending).toBe(0);
  });

  it("takes a place until its client leaves, also when nobody ever reads it", async () => {
    const logs = createLogs(1);
    await logs("sensor", { ...all, follow: true }, leave.signal);
    await expect(logs("sensor", all, leave.signal)).rejects.toMatchObject({ status: 503 });
    leave.abort();
    await expect(logs("sensor", all, new AbortController().signal)).resolves.toBeDefined();
  });
});
