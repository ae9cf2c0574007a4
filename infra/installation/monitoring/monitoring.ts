import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { labels, partOf, portNames } from "#contract";
import { derive } from "../inputs.ts";
import { type InstallationId, type InstallationScope, metadata } from "../scope.ts";
import { alertsOf } from "./alerts.ts";
import type { MonitoringArgs } from "./args.ts";
import { dashboardOf } from "./dashboard.ts";

const apiVersion = "monitoring.coreos.com/v1";
const component = "iotedged";
const name = "iotedge-monitoring";
const dashboardName = "iotedge-dashboard";
const scrapeInterval = "30s";

/**
 * Declares what Grafana and the Prometheus operator look for. Their custom resources must be known to the cluster.
 *
 * @param connected whether the installation is connected to IoT Hub
 */
export function declareMonitoring(scope: InstallationScope, args: MonitoringArgs, connected: boolean): void {
  const resourceName = `${scope.resourceName}-${name}`;
  const labelled = (own: Record<string, string>, object: string) =>
    pulumi
      .output(metadata(scope, component, object))
      .apply((meta) => ({ ...meta, labels: { ...meta.labels, ...own } }));
  const extra = args.labels ?? {};
  if (args.dashboard) {
    new k8s.core.v1.ConfigMap(
      `${scope.resourceName}-${dashboardName}`,
      {
        metadata: labelled({ grafana_dashboard: "1", ...extra }, dashboardName),
        data: derive(scope.id, (id) => ({ [`iotedge-${id.name}.json`]: dashboardOf(id, connected) })),
      },
      scope.namespaced,
    );
  }
  const declare = (kind: string, specOf: (id: InstallationId) => object) =>
    new k8s.apiextensions.CustomResource(
      resourceName,
      { apiVersion, kind, metadata: labelled(extra, name), spec: derive(scope.id, specOf) },
      scope.namespaced,
    );
  if (args.prometheusRule) declare("PrometheusRule", (id) => prometheusRule(id, connected));
  if (args.podMonitor) declare("PodMonitor", podMonitor);
}

function prometheusRule({ name: installation, namespace }: InstallationId, connected: boolean) {
  const rules = alertsOf(namespace, connected).map(({ alert, expr, severity, summary, description, ...rest }) => ({
    alert,
    expr,
    for: rest.for,
    labels: { severity, installation },
    annotations: { summary, description },
  }));
  return { groups: [{ name: `iotedge-${installation}`, rules }] };
}

/** All pods of the installation: iotedged, EdgeAgent, and the proxies of modules. */
function podMonitor({ name: installation }: InstallationId) {
  const moduleLabel = `__meta_kubernetes_pod_label_${labels.module.replace(/[^A-Za-z0-9_]/g, "_")}`;
  const relabelings = [{ sourceLabels: [moduleLabel], targetLabel: "module" }];
  return {
    selector: { matchLabels: { [labels.instance]: installation, [labels.partOf]: partOf } },
    podMetricsEndpoints: [portNames.observability, portNames.proxyObservability].map((port) => ({
      port,
      path: "/metrics",
      interval: scrapeInterval,
      relabelings,
    })),
  };
}
