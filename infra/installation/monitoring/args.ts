/** Objects for Grafana and for the Prometheus operator. */
export interface MonitoringArgs {
  /** A ConfigMap that Grafana's sidecar takes for a dashboard, by its label `grafana_dashboard: "1"`. @default false */
  dashboard?: boolean;
  /** Alerts, as PrometheusRule; the cluster must know that kind. @default false */
  prometheusRule?: boolean;
  /** What Prometheus scrapes, as PodMonitor; the cluster must know that kind. @default false */
  podMonitor?: boolean;
  /** Labels of these objects by which Prometheus and Grafana select them. @default none */
  labels?: Record<string, string>;
}
