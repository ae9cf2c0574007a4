import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ClusterDriver, EvaluatedGate } from "../model/index.ts";
import { sampleRun, sampleWave } from "../scheduler/test/sample-run.ts";
import { createGateRunner } from "./gate-runner.ts";
import { readSamples } from "./prometheus-gate.ts";
import { runCommand } from "./run-command.ts";

const run = sampleRun([sampleWave("w", ["a", "b"])]);
const about = { run, wave: "w", clusters: Object.values(run.plan.clusters) };
const never = new AbortController().signal;
const timing = { name: "g", intervalMs: 1, timeoutMs: 20_000 };
const sick = new Set<string>();
const driver = {
  health: async ({ name }: { name: string }) => ({ outcome: "ok", healthy: !sick.has(name), checks: [] }),
} as unknown as ClusterDriver;
const evaluate = (gate: EvaluatedGate, signal = never) => createGateRunner(driver).evaluate(gate, about, signal);

let server: Server;
let url: string;
let answer: { status: number; body: string };
beforeAll(async () => {
  server = createServer((_request, response) => {
    response.writeHead(answer.status).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const node = (script: string): readonly [string, ...string[]] => [process.execPath, "-e", script];

describe("command gate", () => {
  test("passes with exit code 0, and shows the last line", async () => {
    const script =
      "console.log('noise'); console.log(process.env.EDGE_ROLLOUT_CLUSTERS, process.env.EDGE_ROLLOUT_WAVE)";
    const report = await evaluate({ kind: "command", ...timing, command: node(script) });
    expect(report).toEqual({ passed: true, evidence: "exit code 0: a,b w" });
  });

  test("does not pass with another code, without a program, or beyond its time", async () => {
    const failing = await evaluate({ kind: "command", ...timing, command: node("process.exit(3)") });
    expect(failing).toEqual({ passed: false, evidence: "exit code 3" });
    const missing = await evaluate({ kind: "command", ...timing, command: ["/no/such/program"] });
    expect(missing).toEqual({ passed: false, evidence: "it cannot be started (ENOENT)" });
    const hanging = node("setInterval(() => {}, 1000)");
    const late = await evaluate({ kind: "command", ...timing, timeoutMs: 300, command: hanging });
    expect(late).toEqual({ passed: false, evidence: "it took too long and was ended" });
  });

  test("what it prints cannot steer a terminal", async () => {
    const { lastLine } = await runCommand({ command: node("console.log('\\u001b[2Jred')"), signal: never });
    expect(lastLine).toBe("[2Jred");
  });

  test("what it prints of its secrets is not kept", async () => {
    const script = "console.log('GET https://user:hunter2@example.com with DB_PASSWORD=hunter2: 401')";
    const report = await evaluate({ kind: "command", ...timing, command: node(script) });
    expect(report.evidence).toBe("exit code 0: GET https://[redacted]@example.com with DB_PASSWORD=[redacted] 401");
  });
});

describe("HTTP gate", () => {
  const gate = (more: object = {}): EvaluatedGate => ({
    kind: "http",
    ...timing,
    url,
    method: "GET",
    statuses: [200],
    ...more,
  });

  test("passes with an expected status, and with the text where one is asked for", async () => {
    answer = { status: 200, body: "all is well" };
    expect(await evaluate(gate())).toEqual({ passed: true, evidence: "HTTP 200" });
    expect((await evaluate(gate({ contains: "well" }))).passed).toBe(true);
    expect(await evaluate(gate({ contains: "bad" }))).toEqual({
      passed: false,
      evidence: 'HTTP 200, body lacks "bad"',
    });
    answer = { status: 503, body: "" };
    expect(await evaluate(gate())).toEqual({ passed: false, evidence: "HTTP 503" });
  });

  test("no answer does not pass", async () => {
    const closed = await evaluate(gate({ url: "http://127.0.0.1:1" }));
    expect(closed).toEqual({ passed: false, evidence: "ECONNREFUSED" });
  });
});

describe("Prometheus gate", () => {
  const vector = (...values: readonly string[]) =>
    JSON.stringify({
      status: "success",
      data: {
        resultType: "vector",
        result: values.map((value, i) => ({ metric: { pod: `p${i}` }, value: [0, value] })),
      },
    });
  const ask = (body: string, operator: "<" | "<=" | ">" | ">=" | "==" = "<", value = 0.5) => {
    answer = { status: 200, body };
    return evaluate({ kind: "prometheus", ...timing, url, query: "up", condition: { operator, value } });
  };

  test("every sample must meet the condition", async () => {
    expect(await ask(vector("0.1", "0.2"))).toMatchObject({ passed: true });
    const mixed = await ask(vector("0.1", "0.9"));
    expect(mixed).toEqual({ passed: false, evidence: '1 of 2 samples < 0.5: {pod="p1"} 0.9' });
    expect((await ask(vector("1"), "==", 1)).passed).toBe(true);
    expect((await ask(vector("+Inf"), ">", 1)).passed).toBe(true);
  });

  test.each([
    ["no sample", vector()],
    ["NaN", vector("NaN")],
    ["an error", JSON.stringify({ status: "error", error: "bad query" })],
    ["no JSON", "<html>"],
    ["a matrix", JSON.stringify({ status: "success", data: { resultType: "matrix", result: [] } })],
  ])("%s does not pass", async (_, body) => {
    expect((await ask(body, ">=", -1)).passed).toBe(false);
  });

  test("no answer, however formed, is read as anything but samples or nothing", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (body) => {
        const samples = readSamples(body);
        for (const { value } of samples ?? []) expect(typeof value).toBe("number");
      }),
    );
    const result = fc.jsonValue();
    fc.assert(
      fc.property(fc.constantFrom("vector", "scalar"), result, (resultType, item) => {
        readSamples(JSON.stringify({ status: "success", data: { resultType, result: [item] } }));
      }),
    );
  });
});

describe("health gate", () => {
  test("passes while all clusters that are done are healthy", async () => {
    expect(await evaluate({ kind: "health", ...timing })).toEqual({ passed: true, evidence: "2 clusters are healthy" });
    sick.add("b");
    expect(await evaluate({ kind: "health", ...timing })).toEqual({ passed: false, evidence: "b: not healthy" });
  });
});
