import type { Alert } from "./alert.ts";
import { hubAlertsOf } from "./hub-alerts.ts";
import { trustAlertsOf } from "./trust-alerts.ts";

/**
 * What somebody must be told of an installation.
 *
 * @param namespace of the installation
 * @param connected whether it is connected to IoT Hub
 */
export function alertsOf(namespace: string, connected = false): readonly Alert[] {
  return [
    ...iotedgedAlertsOf(namespace),
    ...moduleAlertsOf(namespace),
    ...trustAlertsOf(namespace),
    ...(connected ? hubAlertsOf(namespace) : []),
  ];
}

/** Whether iotedged answers, with certificates that are valid, and whom it refuses. */
function iotedgedAlertsOf(namespace: string): readonly Alert[] {
  const iotedged = `namespace="${namespace}",container="iotedged"`;
  const lifeLeft = (kinds: string) =>
    `min by (kind) (iotedge_cert_not_after_seconds{${iotedged},kind=~"${kinds}"}) - time()`;
  const authorities = "workload-ca|trust-bundle";
  const requests = `iotedge_request_duration_seconds_count{${iotedged}`;
  const where = `in namespace ${namespace}`;
  return [
    {
      alert: "IotedgedDown",
      expr: `absent(up{${iotedged}} == 1)`,
      for: "2m",
      severity: "critical",
      summary: `iotedged does not run ${where}`,
      description: "Modules get no signatures and no certificates. See `kubectl describe deployment iotedged`.",
    },
    {
      alert: "IotedgedDegraded",
      expr: `max(iotedge_degraded{${iotedged}}) == 1`,
      for: "1m",
      severity: "warning",
      summary: `The API server gives no verdicts on tokens ${where}`,
      description:
        "Modules that are known are served for iotedged.tokenStaleSeconds, others not. Check the API server.",
    },
    {
      alert: "IotedgedWithoutLeader",
      expr: `sum(iotedge_leader{${iotedged}}) < 1`,
      for: "5m",
      severity: "warning",
      summary: `Nobody watches over EdgeAgent ${where}`,
      description: "See Lease `iotedged`, and the log of iotedged for what keeps it from being taken.",
    },
    {
      alert: "IotedgedFails",
      expr: `sum(rate(${requests},code=~"5.."}[5m])) / sum(rate(${requests}}[5m])) > 0.05`,
      for: "5m",
      severity: "critical",
      summary: `More than 5 % of the modules' requests fail ${where}`,
      description: "See the log of iotedged, by the request ids that the modules got.",
    },
    {
      alert: "IotedgeCertificateEndsSoon",
      expr: `${lifeLeft(authorities)} < 30 * 86400`,
      for: "1h",
      severity: "warning",
      summary: `A CA ends within 30 days ${where}`,
      description: "Only a deployment of the stack renews it.",
    },
    {
      alert: "IotedgeCertificateEnds",
      expr: `${lifeLeft(`${authorities}|serving`)} < 6 * 3600`,
      for: "10m",
      severity: "critical",
      summary: `A certificate ends within 6 hours ${where}`,
      description:
        "A CA is renewed by a deployment of the stack. The serving certificate is renewed by iotedged: see its log.",
    },
    {
      alert: "IotedgeIdentityRefused",
      expr: `sum by (reason) (increase(iotedge_rejected_total{${iotedged},reason=~"token-audience|token-pod|token-user"}[15m])) > 0`,
      for: "0m",
      severity: "warning",
      summary: `A genuine token that stands for no module was refused ${where}`,
      description: "Somebody tried, or something is set up wrongly: `kubectl events` names the account.",
    },
    {
      alert: "IotedgeFileUnusable",
      expr: `sum by (kind) (increase(iotedge_reload_total{${iotedged},result="error"}[15m])) > 0`,
      for: "0m",
      severity: "warning",
      summary: `A changed file cannot be used ${where}`,
      description: "What was read before stays in force. Deploy the stack again.",
    },
  ];
}

/** Whether modules run as the deployment manifest says. */
function moduleAlertsOf(namespace: string): readonly Alert[] {
  const all = `namespace="${namespace}"`;
  const edgeAgent = `${all},container="edgeagent"`;
  const where = `in namespace ${namespace}`;
  return [
    {
      alert: "IotedgeReconcileFails",
      expr: `sum by (container) (increase(iotedge_reconcile_total{${all},result="error"}[15m])) > 3`,
      for: "5m",
      severity: "warning",
      summary: `Objects cannot be written ${where}`,
      description: "See the log of the container for the API server's reason.",
    },
    {
      alert: "IotedgeManifestRefused",
      expr: `increase(iotedge_manifest_total{${edgeAgent},result="refused"}[15m]) > 0`,
      for: "0m",
      severity: "warning",
      summary: `The deployment manifest is refused ${where}`,
      description: "The one before it stays in force. ConfigMap `edgeagent-status` names the fields.",
    },
    {
      alert: "IotedgeModulesFail",
      expr: `max by (status) (iotedge_modules{${edgeAgent},status=~"backoff|failed|unhealthy"}) > 0`,
      for: "10m",
      severity: "warning",
      summary: `Modules do not run ${where}`,
      description: "ConfigMap `edgeagent-status` names them and the reason.",
    },
    {
      alert: "IotedgeWatchSilent",
      expr: `time() - min by (container, kind) (iotedge_watch_last_event_seconds{${all}} > 0) > 600`,
      for: "5m",
      severity: "warning",
      summary: `A watch hears nothing of the API server ${where}`,
      description:
        "Changes are not seen. Watches are renewed by themselves: check the API server and network policies.",
    },
    {
      alert: "IotedgeProxyTokenEnds",
      expr: `min by (pod) (iotedge_proxy_token_not_after_seconds{${all}}) - time() < 300`,
      for: "5m",
      severity: "warning",
      summary: `The token of a module's pod is not renewed ${where}`,
      description: "The kubelet renews it at 80 % of its life: check the node.",
    },
  ];
}
