import { readFileSync } from "node:fs";
import { parser } from "@prometheus-io/lezer-promql";
import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { alertsOf } from "../infra/installation/monitoring/alerts.ts";
import { fleetRows } from "../infra/installation/monitoring/fleet-panels.ts";
import type { Row } from "../infra/installation/monitoring/panel.ts";
import { rowsOf } from "../infra/installation/monitoring/panels.ts";
import { createHubMetrics as createTwinMetrics } from "../runtime/edge-agent/hub/hub-metrics.ts";
import { createMetrics as edgeAgentMetrics } from "../runtime/edge-agent/metrics.ts";
import { createHubMetrics } from "../runtime/iotedged/hub/metrics.ts";
import { createMetrics as iotedgedMetrics } from "../runtime/iotedged/metrics.ts";
import { showTrust } from "../runtime/iotedged/trust/trust-metrics.ts";
import { evaluate, type Sample } from "./support/promql.ts";

const namespace = "edge-a";
/** The variable that Grafana fills in is no PromQL. */
const plain = (expr: string) => expr.replaceAll("$__rate_interval", "5m");
const inRows = (rows: readonly Row[]) =>
  rows.flatMap(({ panels }) =>
    panels.flatMap(({ title, queries }) => queries.map(({ expr }) => [title, plain(expr)] as const)),
  );
const ofInstallation = [
  ...alertsOf(namespace, true).map(({ alert, expr }) => [alert, expr] as const),
  ...inRows(rowsOf(namespace)),
];
const ofFleet = inRows(fleetRows()).map(([title, expr]) => [`the fleet's ${title}`, expr] as const);

/** Texts of all nodes of a kind in an expression; `error` for what is no PromQL. */
function nodesOf(expr: string, kind: string): string[] {
  const found: string[] = [];
  parser.parse(expr).iterate({
    enter: ({ name, type, from, to }) => {
      if (kind === "error" ? type.isError : name === kind) found.push(expr.slice(from, to));
    },
  });
  return found;
}

/** What a daemon counts only in a connected installation. */
function connected(create: (registry: Registry) => unknown) {
  return () => {
    const registry = new Registry();
    create(registry);
    return { registry };
  };
}

/** Names under which Prometheus knows what a registry has, with the labels of each. */
async function namesOf(create: (options: { processMetrics: true }) => { registry: Registry }): Promise<string[]> {
  const metrics = await create({ processMetrics: true }).registry.getMetricsAsJSON();
  return metrics.flatMap(({ name, type }) =>
    String(type) === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  );
}

/** What the proxy's Lua writes, and of HAProxy's own exporter what is used. */
function proxyNames(): string[] {
  const source = readFileSync(new URL("../runtime/proxy/haproxy/proxy.lua", import.meta.url), "utf8");
  const own = [...source.matchAll(/iotedge_proxy_[a-z_]+/g)].map(([name]) => name);
  return [...own, "haproxy_frontend_http_responses_total"];
}

/** What Prometheus itself knows of each target, and puts on every metric of it. */
const ofPrometheus = { metrics: ["up"], labels: ["namespace", "pod", "container", "le", "proxy", "cluster"] };

describe.each([...ofInstallation, ...ofFleet])("the expression of %s", (_name, expr) => {
  it("is PromQL", () => {
    expect(nodesOf(expr, "error")).toEqual([]);
    expect(nodesOf(expr, "VectorSelector").length).toBeGreaterThan(0);
  });

  it("names only metrics that there are, of one installation those of its namespace", async () => {
    const known = [
      ...(await namesOf(iotedgedMetrics)),
      ...(await namesOf(edgeAgentMetrics)),
      ...(await namesOf(connected(createHubMetrics))),
      ...(await namesOf(connected(createTwinMetrics))),
      ...proxyNames(),
      ...ofPrometheus.metrics,
    ];
    for (const name of nodesOf(expr, "Identifier")) expect(known).toContain(name);
    if (ofFleet.some(([, other]) => other === expr)) return;
    for (const selector of nodesOf(expr, "VectorSelector")) expect(selector).toContain(`namespace="${namespace}"`);
  });

  it("names only labels that there are", () => {
    const files = ["iotedged/metrics", "iotedged/hub/metrics", "edge-agent/metrics", "edge-agent/hub/hub-metrics"];
    const source = files.map((file) => readFileSync(new URL(`../runtime/${file}.ts`, import.meta.url), "utf8")).join();
    const known = [...source.matchAll(/labelNames: \[([^\]]*)\]/g)].flatMap(([, list = ""]) =>
      [...list.matchAll(/"(\w+)"/g)].map(([, name]) => name),
    );
    for (const label of nodesOf(expr, "LabelName")) expect([...known, ...ofPrometheus.labels]).toContain(label);
  });
});

it("each panel says what it tells, and each tile from when on it is no good", () => {
  for (const { panels } of [...rowsOf(namespace), ...fleetRows()])
    for (const { kind, description, thresholds = [] } of panels) {
      expect(description).toMatch(/\.$/);
      if (kind !== "tile") continue;
      expect(thresholds.length).toBeGreaterThan(1);
      expect(thresholds.map(({ from }) => from)).toEqual(
        thresholds.map(({ from }) => from).toSorted((a, b) => (a ?? -1) - (b ?? -1)),
      );
    }
});

const hour = 3600;
const day = 24 * hour;

/** What Prometheus has of iotedged when modules have server certificates of such lives, in seconds, all issued at 0. */
async function samplesWith(lives: readonly number[]): Promise<Sample[]> {
  const metrics = iotedgedMetrics();
  const leaves = lives.map((life, index) => ({
    ...{ kind: "server" as const, name: `0000000${index}`, ca: "a".repeat(16), root: "b".repeat(16) },
    ...{ at: 0, notAfter: life * 1000 },
  }));
  const record = { pods: { uid: { name: "hub-1", module: "hub", leaves } }, replicas: {} };
  const bundle = { hash: "c".repeat(64) } as Parameters<typeof showTrust>[0]["bundle"];
  showTrust({ record, pods: 1, bundle, root: "b".repeat(16), metrics });
  metrics.certificateNotAfter.set({ kind: "workload-ca" }, 730 * day);
  const target = { namespace, container: "iotedged", pod: "iotedged-1" };
  return (await metrics.registry.getMetricsAsJSON()).flatMap(({ name, values }) =>
    values.map(({ labels, value }) => ({ name, labels: { ...labels, ...target }, value }) as Sample),
  );
}

async function fires(alert: string, lives: readonly number[], now: number): Promise<boolean> {
  const { expr = "" } = alertsOf(namespace).find((one) => one.alert === alert) ?? {};
  const found = evaluate(expr, await samplesWith(lives), now);
  return typeof found !== "number" && found.length > 0;
}

describe("the end of a module's server certificate", () => {
  it.each([
    ["nobody has one", [], 100 * day, false],
    ["it lives 90 days and 71 are over", [90 * day], 71 * day, false],
    ["it lives 90 days and 73 are over", [90 * day], 73 * day, true],
    ["it lives a day and 19 hours are over", [day], 19 * hour, false],
    ["it lives a day and 20 hours are over", [day], 20 * hour, true],
    ["it lives an hour and is new", [hour], 1, false],
    ["it lives an hour and is nearly over", [hour], hour - 1, false],
    ["it lives five minutes beside one that lives 90 days", [300, 90 * day], 290, false],
    [
      "it lives ten days and eight and a half are over, beside one that lives 90",
      [10 * day, 90 * day],
      8.5 * day,
      true,
    ],
  ] as const)("is told of or not: %s", async (_, lives, now, told) => {
    expect(await fires("IotedgeModuleCertificateEnds", lives, now)).toBe(told);
  });

  it("is not taken for that of a CA", async () => {
    expect(await fires("IotedgeCertificateEndsSoon", [hour], 0)).toBe(false);
    expect(await fires("IotedgeCertificateEndsSoon", [hour], 701 * day)).toBe(true);
    expect(await fires("IotedgeCertificateEnds", [hour], 729 * day)).toBe(false);
    expect(await fires("IotedgeCertificateEnds", [hour], 729.9 * day)).toBe(true);
  });
});

it("alerts have names of their own, and say what to do", () => {
  const alerts = alertsOf(namespace, true);
  expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length);
  for (const { description, summary, for: duration } of alerts) {
    expect(description).toMatch(/\.$/);
    expect(summary).toContain(namespace);
    expect(duration).toMatch(/^\d+[mh]$/);
  }
});
