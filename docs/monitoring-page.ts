import { ports } from "#contract";
import { alertsOf } from "../infra/installation/monitoring/alerts.ts";
import { fleetRows } from "../infra/installation/monitoring/fleet-panels.ts";
import type { Row } from "../infra/installation/monitoring/panel.ts";
import { rowsOf } from "../infra/installation/monitoring/panels.ts";

const namespace = "edge-a";

function panelTable(rows: readonly Row[]): readonly string[] {
  const lines = rows.flatMap(({ title: row, panels }) =>
    panels.map(({ title, description }) => `| ${row} | ${title} | ${description} |`),
  );
  return ["| row | panel | tells |", "| --- | --- | --- |", ...lines];
}

/** docs/monitoring.md: what an installation can be watched by, from what it declares. */
export function monitoringPage(): string {
  return [
    "# Monitoring",
    "",
    `iotedged and EdgeAgent serve metrics at port ${ports.observability}, every module's proxy at port ${ports.proxyObservability}, plain HTTP,`,
    "`/metrics`. What they mean: [iotedged](iotedged.md#probes-and-metrics). An installation can declare what Prometheus and",
    "Grafana need to show and to tell of them. All of it is off by default, because a cluster without the Prometheus operator",
    "does not know the kinds `PodMonitor` and `PrometheusRule`.",
    "",
    "```yaml",
    "iotedge:installations:",
    "  - namespace: edge-a",
    "    monitoring:",
    "      podMonitor: true # Prometheus scrapes iotedged, EdgeAgent and the proxies",
    "      prometheusRule: true # the alerts below",
    '      dashboard: true # ConfigMap with label grafana_dashboard: "1", for the sidecar of Grafana\'s chart',
    "      labels: { release: prometheus } # whatever your Prometheus selects by",
    "```",
    "",
    "```console",
    "$ npx edgectl render --stack production | grep -E '^kind: (PodMonitor|PrometheusRule)'",
    "kind: PodMonitor",
    "kind: PrometheusRule",
    "```",
    "",
    "Both kinds are tested, with strict validation of every field, against the definitions of the Prometheus operator 0.93.",
    "",
    "Targets have the labels `namespace`, `pod` and `container` of the Prometheus operator, and `module`. Without the",
    "operator, scrape the pods with label `app.kubernetes.io/part-of: iotedge` at their ports `observability` and `proxy-obs`",
    "(another number for each module on its node's network), and take rules and dashboard from `edgectl render`.",
    "",
    "## Alerts",
    "",
    "Those of `IotedgeHub` are declared where the installation is [connected to IoT Hub](iot-hub.md).",
    "",
    "| alert | severity | after | says | do |",
    "| --- | --- | --- | --- | --- |",
    ...alertsOf(namespace, true).map(
      ({ alert, severity, summary, description, ...rest }) =>
        `| ${alert} | ${severity} | ${rest.for} | ${summary.replace(` in namespace ${namespace}`, "")} | ${description} |`,
    ),
    "",
    "## Dashboards",
    "",
    'That of an installation, by `dashboard: true`. Row "IoT Hub" is there where it is [connected](iot-hub.md):',
    "",
    ...panelTable(rowsOf(namespace, true)),
    "",
    "[That of a fleet](dashboards/fleet.json) shows all installations that one data source knows; import it into Grafana once. Where the",
    "data source collects from several clusters, label `cluster` tells them apart, as Thanos, Mimir and federations set it. Every query",
    "of both is tested by Prometheus' own engine over ten minutes of recorded load.",
    "",
    ...panelTable(fleetRows()),
    "",
    "## Events",
    "",
    "What an operator must know without any monitoring is told by Events in the namespace; the same about the same object",
    "at most once in five minutes.",
    "",
    "| reason | by | tells |",
    "| --- | --- | --- |",
    "| `CertificateExpiry` | iotedged | 50, 80 or 95 % of the life of a CA are over |",
    "| `ModuleCertificateExpiry` | iotedged | the same of modules' certificates that live a day or longer; one Event an hour for all that reach a stage |",
    "| `IdentityRefused` | iotedged | a genuine token stands for no module of the installation |",
    "| `EdgeAgentStarted`, `EdgeAgentChanged`, `EdgeAgentRemoved` | iotedged | EdgeAgent follows its settings |",
    "| `EdgeAgentRepaired` | iotedged | somebody else changed or deleted Deployment `edgeagent` |",
    "| `ModuleRestarted` | iotedged | EdgeAgent had a module restarted |",
    "",
    "```sh",
    "kubectl events -n edge-a --types=Warning",
    "```",
    "",
  ].join("\n");
}
