import { beforeEach, describe, expect, it } from "vitest";
import { FakeClock, settle } from "../../../test/fakes/clock.ts";
import type { Informer } from "../../base/kubernetes-objects.ts";
import { createLogger } from "../logger.ts";
import type { ApiClient, ApiRequest } from "./api-client.ts";
import { kubernetesErrors } from "./errors.ts";
import { createInformer } from "./informer.ts";
import { type ConfigMap, configMaps } from "./kinds.ts";

/** One watch as the server sees it. */
interface OpenWatch {
  readonly request: ApiRequest;
  send(...events: object[]): void;
  sendText(text: string): void;
  close(): void;
}

/** An API server of which a test says what it lists and what its watches bring. */
class FakeServer implements ApiClient {
  items: object[] = [];
  version = 1;
  lists = 0;
  failures: Error[] = [];
  readonly watches: OpenWatch[] = [];

  /** Objects of one answer to a list, whatever is asked for. */
  pageSize = Number.POSITIVE_INFINITY;
  readonly pages: ApiRequest[] = [];

  async call<T>(request: ApiRequest): Promise<T> {
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    this.pages.push(request);
    const start = Number(request.query?.continue ?? 0);
    const end = start + this.pageSize;
    const more = end < this.items.length ? { continue: String(end) } : {};
    if (start === 0) this.lists++;
    const items = structuredClone(this.items.slice(start, end));
    return { metadata: { resourceVersion: String(this.version), ...more }, items } as T;
  }

  async stream(request: ApiRequest): Promise<AsyncIterable<Uint8Array>> {
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    request.signal?.addEventListener("abort", () => void writer.abort(new Error("aborted")).catch(() => {}));
    const sendText = (text: string) => void writer.write(new TextEncoder().encode(text)).catch(() => {});
    this.watches.push({
      request,
      sendText,
      send: (...events) => sendText(events.map((event) => `${JSON.stringify(event)}\n`).join("")),
      close: () => void writer.close(),
    });
    return readable;
  }

  async close(): Promise<void> {}

  /** The watch that was opened last. */
  get watch(): OpenWatch {
    const last = this.watches.at(-1);
    if (last === undefined) throw new Error("nobody watches");
    return last;
  }
}

const configMap = (name: string, resourceVersion: string) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, resourceVersion, managedFields: [{ manager: "x" }] },
});
const gone = { type: "ERROR", object: { kind: "Status", code: 410 } };
const minute = 60_000;

let server: FakeServer;
let clock: FakeClock;
let informer: Informer<ConfigMap>;
let changes: number;
const names = () => informer.list().map(({ metadata }) => metadata.name);

beforeEach(async () => {
  server = new FakeServer();
  server.items = [{ metadata: { name: "one", resourceVersion: "1" } }];
  clock = new FakeClock();
  changes = 0;
  const logger = createLogger({ component: "t", level: "silent" });
  const selection = { labelSelector: "a=b" };
  informer = createInformer<ConfigMap>({
    client: server,
    namespace: "edge-a",
    kind: configMaps,
    selection,
    clock,
    random: () => 0.5,
    logger,
  });
  informer.onChange(() => changes++);
});

describe("a long list", () => {
  it("is read page by page, and only what is complete counts", async () => {
    server.items = ["a", "b", "c", "d", "e"].map((name) => configMap(name, "1"));
    server.pageSize = 2;
    await informer.start();
    expect(names()).toEqual(["a", "b", "c", "d", "e"]);
    expect(server.pages.map(({ query }) => query?.continue)).toEqual([undefined, "2", "4"]);
    expect(server.pages.every(({ query }) => Number(query?.limit) > 0 && query?.labelSelector === "a=b")).toBe(true);
  });
});

describe("an informer that has its first list", () => {
  beforeEach(async () => {
    await informer.start();
    await settle();
  });

  it("watches on from the list, asking for bookmarks and an end", () => {
    expect(names()).toEqual(["one"]);
    expect(informer.get("one")).toMatchObject({ apiVersion: "v1", kind: "ConfigMap" });
    expect(server.watch.request).toMatchObject({
      path: "/api/v1/namespaces/edge-a/configmaps",
      query: {
        watch: "true",
        resourceVersion: "1",
        allowWatchBookmarks: "true",
        timeoutSeconds: "450",
        labelSelector: "a=b",
      },
    });
  });

  it("follows additions, changes and deletions, and leaves managedFields out", async () => {
    server.watch.send({ type: "ADDED", object: configMap("two", "2") });
    server.watch.send({ type: "MODIFIED", object: { ...configMap("two", "3"), data: { a: "b" } } });
    server.watch.send({ type: "DELETED", object: configMap("one", "4") });
    await settle();
    expect(names()).toEqual(["two"]);
    expect(informer.get("two")).toMatchObject({ data: { a: "b" } });
    expect(informer.get("two")?.metadata).not.toHaveProperty("managedFields");
  });

  it("tells once of what arrives together, and of a line that arrives in pieces when it is whole", async () => {
    const before = changes;
    server.watch.send({ type: "ADDED", object: configMap("a", "2") }, { type: "ADDED", object: configMap("b", "3") });
    await settle();
    expect(changes).toBe(before + 1);
    const line = `${JSON.stringify({ type: "ADDED", object: configMap("ü", "4") })}\n`;
    server.watch.sendText(line.slice(0, 30));
    await settle();
    expect(changes).toBe(before + 1);
    server.watch.sendText(line.slice(30));
    await settle();
    expect(names()).toEqual(["one", "a", "b", "ü"]);
  });

  it("takes up where it was when the server ends the watch, bookmarks included", async () => {
    server.watch.send({ type: "BOOKMARK", object: { metadata: { name: "", resourceVersion: "77" } } });
    await settle();
    server.watch.close();
    await settle();
    await clock.advance(minute);
    expect(server.lists).toBe(1);
    expect(server.watch.request.query).toMatchObject({ resourceVersion: "77" });
    expect(names()).toEqual(["one"]);
  });

  it("lists again when its version is gone, and forgets what is not there any more", async () => {
    server.items = [{ metadata: { name: "new", resourceVersion: "9" } }];
    server.version = 9;
    server.watch.send(gone);
    await settle();
    await clock.advance(minute);
    expect(server.lists).toBe(2);
    expect(names()).toEqual(["new"]);
    expect(server.watch.request.query).toMatchObject({ resourceVersion: "9" });
  });

  it("lists again when the watch is refused with 410", async () => {
    server.failures = [kubernetesErrors.EDGE_KUBERNETES_GONE({ verb: "watch", path: "/" })];
    server.watch.close();
    await settle();
    await clock.advance(minute);
    expect(server.lists).toBe(2);
  });

  it("gives a watch up that stays silent for 5 minutes, and lists again", async () => {
    const silent = server.watch;
    await clock.advance(4.9 * minute);
    expect(silent.request.signal?.aborted).toBe(false);
    await clock.advance(0.2 * minute);
    expect(silent.request.signal?.aborted).toBe(true);
    await clock.advance(minute);
    expect(server.lists).toBe(2);
    expect(server.watches).toHaveLength(2);
  });

  it("counts a bookmark as a sign of life", async () => {
    for (let count = 0; count < 10; count++) {
      await clock.advance(4 * minute);
      server.watch.send({ type: "BOOKMARK", object: { metadata: { name: "", resourceVersion: "5" } } });
      await settle();
    }
    expect(server.watches).toHaveLength(1);
    expect(informer.lastContact).toBe(clock.now());
  });

  it("survives a line that is no JSON by listing again", async () => {
    server.watch.sendText("oops\n");
    await settle();
    await clock.advance(minute);
    expect(server.lists).toBe(2);
  });

  it("stops for good", async () => {
    informer.stop();
    await settle();
    expect(server.watch.request.signal?.aborted).toBe(true);
    await clock.advance(60 * minute);
    expect(server.watches).toHaveLength(1);
    expect(server.lists).toBe(1);
  });
});

describe("an informer without its first list", () => {
  it("tries again, with pauses that grow up to 30 s", async () => {
    const failure = kubernetesErrors.EDGE_KUBERNETES_UNREACHABLE({ verb: "list", path: "/", reason: "x" });
    server.failures = Array.from({ length: 10 }, () => failure);
    let ready = false;
    void informer.start().then(() => {
      ready = true;
    });
    await settle();
    const attempts: number[] = [];
    for (let step = 0; step < 200 && !ready; step++) {
      const before = server.failures.length;
      await clock.advance(1000);
      if (server.failures.length < before) attempts.push(step);
    }
    expect(ready).toBe(true);
    const pauses = attempts.map((at, index) => at - (attempts[index - 1] ?? 0));
    expect(Math.max(...pauses)).toBe(15);
    expect(names()).toEqual(["one"]);
  });

  it("fails to start when it is stopped before", async () => {
    server.failures = [new Error("no")];
    const started = informer.start();
    informer.stop();
    await expect(started).rejects.toThrow("stopped");
    expect(informer.lastContact).toBe(0);
  });
});
