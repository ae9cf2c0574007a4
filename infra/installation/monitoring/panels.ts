/** One diagram of the dashboard. */
export interface Panel {
  readonly title: string;
  /** Unit as Grafana names it. */
  readonly unit: "reqps" | "s" | "short" | "percentunit" | "bytes" | "ops";
  /** One line per result; the legend may name its labels as `{{label}}`. */
  readonly queries: readonly { readonly expr: string; readonly legend: string }[];
}

/**
 * What one installation's dashboard shows, from top to bottom.
 *
 * @param namespace of the installation
 */
export function panelsOf(namespace: string): readonly Panel[] {
  const all = `namespace="${namespace}"`;
  const iotedged = `${all},container="iotedged"`;
  const edgeAgent = `${all},container="edgeagent"`;
  const rate = (metric: string, labels: string) => `rate(${metric}{${labels}}[$__rate_interval])`;
  const quantile = (metric: string, labels: string, by: string) =>
    `histogram_quantile(0.99, sum by (${by}) (${rate(`${metric}_bucket`, labels)}))`;
  const one = (title: string, unit: Panel["unit"], expr: string, legend: string): Panel => ({
    title,
    unit,
    queries: [{ expr, legend }],
  });
  return [
    one(
      "Requests, by route",
      "reqps",
      `sum by (route) (${rate("iotedge_request_duration_seconds_count", iotedged)})`,
      "{{route}}",
    ),
    one(
      "99 % of requests take less than",
      "s",
      quantile("iotedge_request_duration_seconds", iotedged, "le, route"),
      "{{route}}",
    ),
    one(
      "Requests that were not served, by reason",
      "reqps",
      `sum by (reason) (${rate("iotedge_rejected_total", iotedged)})`,
      "{{reason}}",
    ),
    {
      title: "Tokens: reviewed, and known",
      unit: "ops",
      queries: [
        { expr: `sum by (result) (${rate("iotedge_tokenreview_requests_total", iotedged)})`, legend: "{{result}}" },
        { expr: `sum(${rate("iotedge_tokenreview_cache_hits_total", iotedged)})`, legend: "known" },
        { expr: `sum(${rate("iotedge_tokenreview_stale_served_total", iotedged)})`, legend: "stale" },
      ],
    },
    one(
      "99 % of TokenReviews take less than",
      "s",
      quantile("iotedge_tokenreview_duration_seconds", iotedged, "le"),
      "TokenReview",
    ),
    one(
      "Life left of certificates",
      "s",
      `min by (kind) (iotedge_cert_not_after_seconds{${iotedged}}) - time()`,
      "{{kind}}",
    ),
    one("Modules, by state", "short", `max by (status) (iotedge_modules{${edgeAgent}})`, "{{status}}"),
    one(
      "Objects of modules written, by cause",
      "ops",
      `sum by (cause) (${rate("iotedge_reconcile_writes_total", edgeAgent)})`,
      "{{cause}}",
    ),
    {
      title: "Who leads",
      unit: "short",
      queries: [{ expr: `iotedge_leader{${all}} == 1`, legend: "{{pod}}" }],
    },
    one(
      "Time since a watch was heard of",
      "s",
      `time() - min by (container, kind) (iotedge_watch_last_event_seconds{${all}})`,
      "{{container}} {{kind}}",
    ),
    one(
      "Requests of proxies",
      "reqps",
      `sum by (pod) (${rate("haproxy_frontend_http_responses_total", `${all},proxy="module"`)})`,
      "{{pod}}",
    ),
    one(
      "Life left of modules' tokens",
      "s",
      `min by (pod) (iotedge_proxy_token_not_after_seconds{${all}}) - time()`,
      "{{pod}}",
    ),
    one("Memory", "bytes", `process_resident_memory_bytes{${all}}`, "{{pod}}"),
    one("Delay of the event loop, 99 %", "s", `nodejs_eventloop_lag_p99_seconds{${all}}`, "{{pod}}"),
  ];
}
