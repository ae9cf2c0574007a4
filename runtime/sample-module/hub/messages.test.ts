import { describe, expect, it } from "vitest";
import { createMessageCounts } from "./counts.ts";
import { parseRoutes, sinksOf } from "./routes.ts";
import { inputTopic, parseTelemetry } from "./topics.ts";

describe("parseTelemetry", () => {
  it.each([
    ["", undefined, ""],
    ["%24.on=readings", "readings", ""],
    ["%24.on=readings/", "readings", ""],
    ["%24.on=a%20b&%24.ct=application%2Fjson&level=high", "a b", "%24.ct=application%2Fjson&level=high"],
    ["level=%zz", undefined, "level=%zz"],
  ])("reads %j", (text, output, properties) => {
    expect(parseTelemetry(text)).toEqual({ output, properties });
  });
});

it("inputTopic carries the message's properties", () => {
  expect(inputTopic("line-1", "consumer", "readings", "a=b")).toBe(
    "devices/line-1/modules/consumer/inputs/readings/a=b",
  );
});

describe("routes", () => {
  const route = (from: string, output: string, to = "consumer") =>
    `FROM /messages/modules/${from}/outputs/${output} INTO BrokeredEndpoint("/modules/${to}/inputs/readings")`;

  it("lead from an output to inputs", () => {
    const routes = parseRoutes(JSON.stringify({ a: route("sensor", "readings"), b: route("sensor", "*", "archive") }));
    const targets = (moduleId: string, output?: string) =>
      sinksOf(routes, moduleId, output).map((sink) => (sink === "$upstream" ? sink : sink.moduleId));
    expect(targets("sensor", "readings")).toEqual(["consumer", "archive"]);
    expect(targets("sensor", "alarms")).toEqual(["archive"]);
    expect(targets("sensor")).toEqual([]);
    expect(targets("other", "readings")).toEqual([]);
  });

  it.each([
    ["/messages/*", [true, true, true, true]],
    ["/messages/modules/*", [true, true, true, true]],
    ["/messages/modules/sensor/*", [true, true, true, false]],
    ["/messages/modules/sensor/outputs/*", [true, true, false, false]],
    ["/messages/modules/sensor/outputs/readings", [true, false, false, false]],
  ])("lead to IoT Hub from %s", (source, expected) => {
    const routes = parseRoutes(JSON.stringify({ up: `FROM ${source} INTO $upstream` }));
    const messages = [["sensor", "readings"], ["sensor", "alarms"], ["sensor"], ["other"]] as const;
    const taken = messages.map(([moduleId, output]) => sinksOf(routes, moduleId, output).includes("$upstream"));
    expect(taken).toEqual(expected);
  });

  it.each([
    ["no JSON", "{"],
    ["no object", "3"],
    ["another sink", '{"a":"FROM /messages/* INTO $downstream"}'],
    ["a condition", '{"a":"FROM /messages/* WHERE temperature > 5 INTO $upstream"}'],
    ["changes of twins", '{"a":"FROM /twinChangeNotifications INTO $upstream"}'],
    ["a wildcard of MQTT", JSON.stringify({ a: route("sensor", "#") })],
  ])("are refused: %s", (_, text) => {
    expect(() => parseRoutes(text)).toThrow();
  });
});

it("counts what each module sent and received", () => {
  const counts = createMessageCounts();
  counts.sent("sensor");
  counts.received("consumer");
  counts.sent("sensor");
  expect(counts.list()).toEqual([
    { moduleId: "consumer", sent: 0, received: 1 },
    { moduleId: "sensor", sent: 2, received: 0 },
  ]);
});
