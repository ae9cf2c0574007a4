import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { Registry } from "prom-client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Json, type JsonObject, systemClock } from "#base";
import type { AnswerMethod } from "#iot-hub";
import { createHubMetrics, type HubMetrics } from "../hub-metrics.ts";
import { createMethods } from "./methods.ts";
import { createModuleApi } from "./module-api.ts";

type Serve = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server;
let asked: string[];
let serve: Serve;
let metrics: HubMetrics;
let call: AnswerMethod;

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    serve(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  metrics = createHubMetrics(new Registry());
  call = createMethods({ api: createModuleApi(uri), ...common() });
  serve = logs({ sensor: "<3> 2026-01-01 00:00:00.000 +00:00 broken\nplain line\n", $edgeAgent: "agent\n" });
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const common = () => ({ origin: () => ({ hub: "hub.test", deviceId: "d1" }), metrics, clock: systemClock });
/** iotedged with these modules and their logs. */
function logs(of: Readonly<Record<string, string>>): Serve {
  return (request, response) => {
    const path = new URL(request.url ?? "", "http://localhost").pathname;
    const [, name = ""] = /^\/modules\/([^/]+)\/logs$/.exec(path) ?? [];
    if (name !== "") response.end(of[decodeURIComponent(name)] ?? "");
    else response.end(JSON.stringify({ modules: Object.keys(of).map((id) => ({ name: id })) }));
  };
}
const answers =
  (status: number, body: object): Serve =>
  (_, response) =>
    void response.writeHead(status).end(JSON.stringify(body));
const getLogs = (request: JsonObject) => call("GetModuleLogs", { schemaVersion: "1.0", ...request });
const items = (id: string, filter: JsonObject = {}): JsonObject => ({ items: [{ id, filter }] });
const payloads = async (request: JsonObject) => (await getLogs(request)).payload as readonly JsonObject[];

describe("a direct method", () => {
  it("that is none of EdgeAgent's is refused, and so is one that sends data elsewhere", async () => {
    for (const name of ["Reboot", "UploadModuleLogs", "UploadSupportBundle", "__proto__"])
      expect(await call(name, {})).toMatchObject({
        status: 400,
        payload: { message: expect.stringContaining("ping") },
      });
    expect((await metrics.methods.get()).values).toMatchObject([{ labels: { method: "other" }, value: 4 }]);
  });

  it.each(["ping", "PING"])("%s is answered, whatever comes with it", async (name) => {
    expect(await call(name, undefined)).toEqual({ status: 200 });
    expect(await call(name, ["x"])).toEqual({ status: 200 });
  });

  it("GetTaskStatus knows of no task", async () => {
    const request = { schemaVersion: "1.0", correlationId: "c1" };
    expect(await call("GetTaskStatus", request)).toMatchObject({
      status: 200,
      payload: { status: "Unknown", correlationId: "c1" },
    });
  });
});

describe("RestartModule", () => {
  const restart = (request: Json) => call("restartmodule", request);

  it("has iotedged restart the module, and nothing to say", async () => {
    serve = (_, response) => void response.writeHead(204).end();
    expect(await restart({ schemaVersion: "1.0", id: "Second Sensor" })).toEqual({ status: 200 });
    expect(asked).toEqual(["POST /modules/Second%20Sensor/restart?api-version=2020-07-07"]);
  });

  it.each([
    ["unknown", 404, 500],
    ["stopped", 409, 500],
    ["not to be restarted in this installation", 403, 403],
  ])("tells of a module that is %s", async (_, from, to) => {
    serve = answers(from, { message: "says iotedged" });
    const answer = await restart({ schemaVersion: "1.0", id: "sensor" });
    expect(answer).toEqual({ status: to, payload: { message: "says iotedged" } });
  });

  it.each<[string, Json]>([
    ["nothing", null],
    ["no id", { schemaVersion: "1.0" }],
    ["another version", { schemaVersion: "2.0", id: "sensor" }],
    ["no version", { id: "sensor" }],
  ])("refuses a request with %s", async (_, request) => {
    expect(await restart(request)).toMatchObject({ status: 400 });
    expect(asked).toEqual([]);
  });
});

describe("GetModuleLogs", () => {
  it("gives the logs of the modules whose ids match, without case", async () => {
    const broken = "<3> 2026-01-01 00:00:00.000 +00:00 broken\nplain line\n";
    expect(await payloads(items("SENS"))).toEqual([{ id: "sensor", payload: broken }]);
    expect((await payloads(items("all"))).map(({ id }) => id)).toEqual(["sensor", "$edgeAgent"]);
    expect(await getLogs(items("nobody"))).toMatchObject({ status: 400 });
  });

  it("takes one item without a list, and the first item of several that match", async () => {
    expect(await payloads({ items: { id: "edgeagent" } })).toEqual([{ id: "$edgeAgent", payload: "agent\n" }]);
    await payloads({
      items: [
        { id: "sensor", filter: { tail: 5 } },
        { id: "all", filter: { tail: 1 } },
      ],
    });
    expect(asked.filter((one) => one.includes("/logs?"))).toContain(
      "GET /modules/sensor/logs?api-version=2020-07-07&tail=5",
    );
  });

  it("has iotedged choose by number and time, and chooses by level and expression itself", async () => {
    const filter = { tail: 10, since: "1h", until: 1_767_225_600, loglevel: 3, regex: "brok" };
    expect(await payloads(items("sensor", filter))).toEqual([
      { id: "sensor", payload: "<3> 2026-01-01 00:00:00.000 +00:00 broken\n" },
    ]);
    expect(asked.at(-1)).toBe("GET /modules/sensor/logs?api-version=2020-07-07&tail=10&since=1h&until=1767225600");
    expect(await payloads(items("sensor", { loglevel: 6 }))).toEqual([{ id: "sensor", payload: "plain line\n" }]);
  });

  it("compresses, and tells lines as JSON", async () => {
    const [answer] = await payloads({ ...items("sensor"), encoding: "gzip", contentType: "json" });
    const text = gunzipSync(Buffer.from(String(answer?.payloadBytes), "base64")).toString();
    const common = { iothub: "hub.test", device: "d1", id: "sensor", stream: "stdout" };
    expect(JSON.parse(text)).toEqual([
      { ...common, loglevel: 3, text: "broken", timestamp: "2026-01-01 00:00:00.000 +00:00" },
      { ...common, loglevel: 6, text: "plain line" },
    ]);
  });

  it("refuses what is larger than the hub takes, and what is too large to be read", async () => {
    serve = logs({ sensor: "x".repeat(127_000) });
    expect(await getLogs(items("all"))).toMatchObject({
      status: 400,
      payload: { message: expect.stringContaining("tail") },
    });
    expect(await getLogs({ ...items("all"), encoding: "gzip" })).toMatchObject({ status: 200 });
    serve = logs({ sensor: "x".repeat(5 * 1024 * 1024) });
    expect(await getLogs({ ...items("all"), encoding: "gzip" })).toMatchObject({ status: 400 });
  });

  it("refuses more lines than it has room for, however short they are, of all modules together", async () => {
    serve = logs({ a: "\n".repeat(25_000), b: "\n".repeat(24_999), c: "the last" });
    expect(await getLogs({ ...items("all"), encoding: "gzip" })).toMatchObject({ status: 200 });
    serve = logs({ a: "\n".repeat(25_000), b: "\n".repeat(25_001) });
    expect(await getLogs({ ...items("all"), encoding: "gzip" })).toMatchObject({
      status: 400,
      payload: { message: expect.stringContaining("larger than 50000 lines") },
    });
  });

  it("reads the logs of one module after the other, so that all of them have one limit", async () => {
    let open = 0;
    let most = 0;
    const api = {
      list: async () => ["a", "b", "c"],
      restart: async () => {},
      logs: async () => {
        most = Math.max(most, ++open);
        await setImmediate();
        open--;
        return "x\n";
      },
    };
    const answer = createMethods({ api, ...common() });
    const calls = [1, 2].map(() => answer("GetModuleLogs", { schemaVersion: "1.0", ...items("all") }));
    expect(await Promise.all(calls)).toMatchObject([{ status: 200 }, { status: 200 }]);
    expect(most).toBe(1);
  });

  it("gives up on an expression that takes for ever", async () => {
    serve = logs({ sensor: `${"a".repeat(60)}!\n` });
    const answer = await getLogs(items("sensor", { regex: "^(a+)+$" }));
    expect(answer).toMatchObject({ status: 400, payload: { message: expect.stringContaining("too long") } });
    expect(await getLogs(items("("))).toMatchObject({ status: 400 });
  });

  it("tells that the installation does not give logs", async () => {
    const list = serve;
    serve = (request, response) =>
      request.url?.includes("/logs")
        ? answers(403, { message: "deploy it with iotedged.moduleLogs" })(request, response)
        : list(request, response);
    expect(await getLogs(items("all"))).toEqual({
      status: 403,
      payload: { message: "deploy it with iotedged.moduleLogs" },
    });
  });
});
