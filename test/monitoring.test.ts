import { readFileSync } from "node:fs";
import { parser } from "@prometheus-io/lezer-promql";
import { describe, expect, it } from "vitest";
import { alertsOf } from "../infra/installation/monitoring/alerts.ts";
import { panelsOf } from "../infra/installation/monitoring/panels.ts";
import { createMetrics as edgeAgentMetrics } from "../runtime/edge-agent/metrics.ts";
import { createMetrics as iotedgedMetrics } from "../runtime/iotedged/metrics.ts";

const namespace = "edge-a";
/** The variable that Grafana fills in is no PromQL. */
const plain = (expr: string) => expr.replaceAll("$__rate_interval", "5m");
const expressions = [
  ...alertsOf(namespace).map(({ alert, expr }) => [alert, expr] as const),
  ...panelsOf(namespace).flatMap(({ title, queries }) => queries.map(({ expr }) => [title, plain(expr)] as const)),
];

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

/** Names under which Prometheus knows what a registry has, with the labels of each. */
async function namesOf(create: typeof iotedgedMetrics | typeof edgeAgentMetrics): Promise<string[]> {
  const metrics = await create({ processMetrics: true }).registry.getMetricsAsJSON();
  return metrics.flatMap(({ name, type }) =>
    String(type) === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  );
}

function proxyNames(): string[] {
  const source = readFileSync(new URL("../runtime/proxy/supervisor/status.c", import.meta.url), "utf8");
  return [...source.matchAll(/iotedge_proxy_[a-z_]+/g)].map(([name]) => name);
}

/** What Prometheus itself knows of each target, and puts on every metric of it. */
const ofPrometheus = { metrics: ["up"], labels: ["namespace", "pod", "container", "le"] };

describe.each(expressions)("the expression of %s", (_name, expr) => {
  it("is PromQL", () => {
    expect(nodesOf(expr, "error")).toEqual([]);
    expect(nodesOf(expr, "VectorSelector").length).toBeGreaterThan(0);
  });

  it("names only metrics that there are, of this installation", async () => {
    const known = [
      ...(await namesOf(iotedgedMetrics)),
      ...(await namesOf(edgeAgentMetrics)),
      ...proxyNames(),
      ...ofPrometheus.metrics,
    ];
    for (const name of nodesOf(expr, "Identifier")) expect(known).toContain(name);
    for (const selector of nodesOf(expr, "VectorSelector")) expect(selector).toContain(`namespace="${namespace}"`);
  });

  it("names only labels that there are", () => {
    const source = ["iotedged", "edge-agent"]
      .map((daemon) => readFileSync(new URL(`../runtime/${daemon}/metrics.ts`, import.meta.url), "utf8"))
      .join();
    const known = [...source.matchAll(/labelNames: \[([^\]]*)\]/g)].flatMap(([, list = ""]) =>
      [...list.matchAll(/"(\w+)"/g)].map(([, name]) => name),
    );
    for (const label of nodesOf(expr, "LabelName")) expect([...known, ...ofPrometheus.labels]).toContain(label);
  });
});

it("alerts have names of their own, and say what to do", () => {
  const alerts = alertsOf(namespace);
  expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length);
  for (const { description, summary, for: duration } of alerts) {
    expect(description).toMatch(/\.$/);
    expect(summary).toContain(namespace);
    expect(duration).toMatch(/^\d+[mh]$/);
  }
});
