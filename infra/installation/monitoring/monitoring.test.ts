import { expect, it } from "vitest";
import { connected, recordInstallation } from "../test/sample.ts";
import { fleetDashboard } from "./dashboard.ts";

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

it("tells of IoT Hub where the installation is connected, and nowhere else", async () => {
  const alertsOf = async (args: object) => {
    const { all } = await recordInstallation({ monitoring, ...args });
    const [group] = all("PrometheusRule")[0]?.inputs.spec.groups ?? [];
    return group.rules.map(({ alert }: { alert: string }) => alert).filter((name: string) => name.includes("Hub"));
  };
  expect(await alertsOf({})).toEqual([]);
  expect(await alertsOf(connected)).toContain("IotedgeHubTwinDisconnected");
  const dashboardOf = async (args: object) => {
    const { all } = await recordInstallation({ monitoring, ...args });
    const found = all("ConfigMap").find(({ inputs }) => inputs.metadata.name === "iotedge-dashboard")?.inputs.data;
    return Object.values<string>(found)[0] ?? "";
  };
  expect(await dashboardOf({})).not.toContain("iotedge_hub_");
  expect(await dashboardOf(connected)).toContain("iotedge_hub_twin_connected");
});

it("makes a dashboard of rows whose panels do not overlap, each with a query and within 24 columns", async () => {
  const { all } = await recordInstallation({ monitoring, name: "line-1" });
  const data = all("ConfigMap").find(({ inputs }) => inputs.metadata.name === "iotedge-dashboard")?.inputs.data;
  const one = JSON.parse(data["iotedge-line-1.json"]);
  expect([one.title, one.uid.length]).toEqual(["IoT Edge line-1", 32]);
  for (const { panels } of [one, JSON.parse(fleetDashboard())]) {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }: { gridPos: Record<"x" | "y" | "w" | "h", number> }) => {
      expect(x + w).toBeLessThanOrEqual(24);
      return Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)}/${y + Math.floor(cell / w)}`);
    });
    expect(new Set(cells).size).toBe(cells.length);
    const rows = panels.filter(({ type }: { type: string }) => type === "row");
    expect(rows.length).toBeGreaterThan(2);
    for (const { type, targets = [] } of panels) expect(targets.length > 0).toBe(type !== "row");
    expect(panels.filter(({ type }: { type: string }) => type === "stat")).toHaveLength(6);
  }
});
