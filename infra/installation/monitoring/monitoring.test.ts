import { expect, it } from "vitest";
import { recordInstallation } from "../test/sample.ts";

const monitoring = { dashboard: true, prometheusRule: true, podMonitor: true, labels: { release: "prometheus" } };

it("declares nothing unless asked for", async () => {
  const { all } = await recordInstallation();
  expect([...all("PrometheusRule"), ...all("PodMonitor")]).toEqual([]);
  expect(all("ConfigMap").map(({ inputs }) => inputs.metadata.name)).not.toContain("iotedge-dashboard");
});

it("declares what Prometheus and Grafana find by their labels", async () => {
  const { all } = await recordInstallation({ monitoring, name: "line-1" });
  expect(all("PrometheusRule")[0]?.inputs.metadata).toMatchObject({
    name: "iotedge-monitoring",
    namespace: "edge-a",
    labels: { release: "prometheus", "app.kubernetes.io/instance": "line-1" },
  });
  const monitor = all("PodMonitor")[0]?.inputs;
  expect(monitor.apiVersion).toBe("monitoring.coreos.com/v1");
  expect(monitor.spec.selector.matchLabels).toEqual({
    "app.kubernetes.io/instance": "line-1",
    "app.kubernetes.io/part-of": "iotedge",
  });
  expect(monitor.spec.podMetricsEndpoints.map(({ port }: { port: string }) => port)).toEqual([
    "observability",
    "proxy-obs",
  ]);
  const dashboard = all("ConfigMap").find(({ inputs }) => inputs.metadata.name === "iotedge-dashboard")?.inputs;
  expect(dashboard?.metadata.labels).toMatchObject({ grafana_dashboard: "1", release: "prometheus" });
});

it("makes a dashboard whose panels lie side by side, each with a query", async () => {
  const { all } = await recordInstallation({ monitoring, name: "line-1" });
  const data = all("ConfigMap").find(({ inputs }) => inputs.metadata.name === "iotedge-dashboard")?.inputs.data;
  const { title, uid, panels } = JSON.parse(data["iotedge-line-1.json"]);
  expect([title, uid.length]).toEqual(["IoT Edge line-1", 32]);
  const places = panels.map(({ gridPos: { x, y } }: { gridPos: { x: number; y: number } }) => `${x}/${y}`);
  expect(new Set(places).size).toBe(panels.length);
  for (const { targets } of panels) expect(targets.length).toBeGreaterThan(0);
});
