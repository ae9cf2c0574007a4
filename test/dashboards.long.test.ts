import { beforeAll, describe, expect, it } from "vitest";
import { fleetRows } from "../infra/installation/monitoring/fleet-panels.ts";
import type { Row } from "../infra/installation/monitoring/panel.ts";
import { rowsOf } from "../infra/installation/monitoring/panels.ts";
import { progress } from "./support/progress.ts";
import { type Answer, evaluateByPrometheus } from "./support/promql-tools.ts";
import { recordLoad } from "./support/recorded-load.ts";

const start = Date.UTC(2026, 10, 23) / 1000;
const day = 86_400;
/** As Grafana puts it in for a scrape every 30 s. */
const plain = (expr: string) => expr.replaceAll("$__rate_interval", "2m");
const panelsOf = (rows: readonly Row[]) =>
  rows.flatMap(({ panels }) =>
    panels.flatMap(({ title, queries }) => queries.map(({ expr, legend }) => ({ title, expr, legend }))),
  );
const dashboards = {
  installation: panelsOf(rowsOf("edge-a")),
  "connected installation": panelsOf(rowsOf("edge-a", true)),
  fleet: panelsOf(fleetRows()),
};
const answers = new Map<string, Answer>();

beforeAll(async () => {
  const loads = [
    await recordLoad({ namespace: "edge-a" }, start, 0),
    await recordLoad({ namespace: "edge-b" }, start, 2),
  ];
  const series = loads.flatMap((load) => load.series);
  const expressions = Object.values(dashboards)
    .flat()
    .map(({ expr }) => plain(expr));
  const found = await evaluateByPrometheus(series, expressions, loads[0]?.at ?? 0, progress);
  for (const [index, expr] of expressions.entries()) answers.set(expr, found[index] as Answer);
}, 900_000);

describe.each(Object.entries(dashboards))("every query of the dashboard of %s", (_, panels) => {
  it.each(panels)("$title: $legend", ({ expr }) => {
    const { error, vector } = answers.get(plain(expr)) ?? { vector: [] };
    expect(error).toBeUndefined();
    expect(vector.length).toBeGreaterThan(0);
    for (const { value } of vector) expect(Number.isFinite(Number(value))).toBe(true);
  });

  it.each(panels.filter(({ legend }) => legend.includes("{{")))(
    "$title has the labels of its legend",
    ({ expr, legend }) => {
      const { vector } = answers.get(plain(expr)) ?? { vector: [] };
      const labels = [...legend.matchAll(/\{\{(\w+)\}\}/g)]
        .map(([, label = ""]) => label)
        .filter((label) => label !== "cluster");
      for (const sample of vector) for (const label of labels) expect(sample.labels[label]).toBeTruthy();
    },
  );
});

describe("what was recorded is shown:", () => {
  const value = (panels: readonly { readonly title: string; readonly expr: string }[], title: string) => {
    const { expr = "" } = panels.find((panel) => panel.title === title) ?? {};
    return answers.get(plain(expr))?.vector.map((sample) => Number(sample.value));
  };
  it.each([
    ["Replicas of iotedged", 1],
    ["Requests that fail", 0.1],
    ["Modules that do not run", 0],
    ["First CA ends in", 10 * day],
    ["Without verdicts on tokens", 0],
    ["Watches over EdgeAgent", 1],
    ["Requests, by route", 10],
    ["Requests that were not served, by reason", 1],
    ["Requests of proxies", 10],
    ["Life left of modules' tokens", 3000],
  ])("%s of the installation", (title, wanted) => {
    const [found = Number.NaN] = value(dashboards.installation, title) ?? [];
    expect(found).toBeCloseTo(wanted, 6);
  });

  it.each([
    ["IoT Hub takes calls", 1],
    ["EdgeAgent is connected", 1],
    ["Identities not ready", 2],
    ["Cut off by another client, 1 h", 0],
    ["Last answer of the hub", 40],
    ["Clock of the node", 3],
    ["Calls to the hub's registry, by result", 1],
  ])("%s of the connected installation", (title, wanted) => {
    const [found = Number.NaN] = value(dashboards["connected installation"], title) ?? [];
    expect(found).toBeCloseTo(wanted, 6);
  });

  it.each([
    ["Installations", [2]],
    ["Installations without iotedged", [0]],
    ["Requests that fail", [0.1]],
    ["Without verdicts on tokens", [0]],
    ["CAs, the first to end on top", [10 * day, 10 * day]],
    ["Requests", [10, 10]],
    ["IoT Hub takes calls, those without on top", [0, 1]],
    ["EdgeAgent is connected, those without on top", [0, 1]],
    ["Identities not ready, the most on top", [2, 2]],
  ])("%s of the fleet", (title, wanted) => {
    const found = value(dashboards.fleet, title) ?? [];
    expect(found).toHaveLength(wanted.length);
    for (const [index, number] of found.entries()) expect(number).toBeCloseTo(wanted[index] as number, 6);
  });

  it("without any failure, or any request, none is told", async () => {
    const { series, at } = await recordLoad({ namespace: "edge-a" }, start, 0);
    const isRequest = (name = "") => name.startsWith("iotedge_request_duration_seconds");
    const without = [
      series.filter(({ labels }) => labels.code !== "500"),
      series.filter(({ labels }) => !isRequest(labels.__name__)),
      series.map(({ labels, samples }) => ({
        labels,
        samples: samples.map(([time, number]) => [time, isRequest(labels.__name__) ? 7 : number] as const),
      })),
    ];
    const tiles = [dashboards.installation, dashboards.fleet].map(
      (panels) => panels.find(({ title }) => title === "Requests that fail")?.expr ?? "",
    );
    for (const some of without) {
      const found = await evaluateByPrometheus(some, tiles.map(plain), at, progress);
      expect(found.map(({ vector }) => vector.map(({ value: text }) => text))).toEqual([["0"], ["0"]]);
    }
  });

  it("modules that do not run are counted, and their installation is named", () => {
    expect(value(dashboards.fleet, "Modules that do not run")).toEqual([2]);
    const table = dashboards.fleet.filter(({ title }) => title === "Modules that do not run")[1]?.expr ?? "";
    expect(answers.get(plain(table))?.vector.map(({ labels }) => labels.namespace)).toEqual(["edge-b"]);
  });
});
