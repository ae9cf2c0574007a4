import { hubRow } from "./hub-panels.ts";
import {
  atLeast,
  failures,
  lifeLeft,
  lines,
  orNone,
  type Panel,
  quantile,
  type Row,
  rate,
  shouldBeNone,
  tile,
} from "./panel.ts";

/**
 * What one installation's dashboard shows, from top to bottom.
 *
 * @param namespace of the installation
 * @param connected whether it is connected to IoT Hub
 */
export function rowsOf(namespace: string, connected = false): readonly Row[] {
  const all = `namespace="${namespace}"`;
  const iotedged = `${all},container="iotedged"`;
  const edgeAgent = `${all},container="edgeagent"`;
  return [
    { title: "At a glance", panels: tiles(iotedged, edgeAgent) },
    ...(connected ? [hubRow({ iotedged, edgeAgent })] : []),
    { title: "Requests of modules", panels: requestPanels(iotedged) },
    { title: "Who calls: tokens and the API server", panels: tokenPanels(iotedged) },
    { title: "Modules", panels: modulePanels(all, edgeAgent) },
    { title: "Certificates and proxies", panels: trustPanels(all, iotedged) },
    { title: "Programs", panels: programPanels(all) },
  ];
}

function tiles(iotedged: string, edgeAgent: string): readonly Panel[] {
  const requests = (more: string) => `sum(${rate("iotedge_request_duration_seconds_count", `${iotedged}${more}`)})`;
  return [
    tile(
      "Replicas of iotedged",
      "short",
      `sum(up{${iotedged}})`,
      atLeast(1),
      "Replicas that answer Prometheus. Without any, modules get no signatures and no certificates.",
    ),
    tile(
      "Requests that fail",
      "percentunit",
      orNone(`${requests(',code=~"5.."')} / ${requests("")}`),
      failures,
      "Part of the modules' requests that iotedged answers with an error of its own. See its log, by the request ids.",
    ),
    tile(
      "Modules that do not run",
      "short",
      `sum(max by (status) (iotedge_modules{${edgeAgent},status!~"running|stopped"})) or vector(0)`,
      shouldBeNone("orange"),
      "Modules of the manifest in force that neither run nor were asked to stop. `edgectl status` says why.",
    ),
    tile(
      "First CA ends in",
      "s",
      `min(iotedge_cert_not_after_seconds{${iotedged},kind=~"workload-ca|trust-bundle"}) - time()`,
      lifeLeft,
      "CAs are renewed by a deployment of the stack, and by nothing else.",
    ),
    tile(
      "Without verdicts on tokens",
      "short",
      `max(iotedge_degraded{${iotedged}})`,
      shouldBeNone("red"),
      "1: the API server gives no verdicts on tokens. Modules that are known are served for a while, others not.",
    ),
    tile(
      "Watches over EdgeAgent",
      "short",
      `sum(iotedge_leader{${iotedged}})`,
      atLeast(1),
      "The one replica of iotedged that leads. 0: nobody repairs EdgeAgent. See Lease `iotedged`.",
    ),
  ];
}

function requestPanels(iotedged: string): readonly Panel[] {
  return [
    lines(
      "Requests, by route",
      "reqps",
      `sum by (route) (${rate("iotedge_request_duration_seconds_count", iotedged)})`,
      "{{route}}",
      "What modules ask for. Signing is by far the most frequent of an SDK that connects to a hub.",
    ),
    lines(
      "99 % of requests take less than",
      "s",
      quantile("iotedge_request_duration_seconds", iotedged, "le, route"),
      "{{route}}",
      "From a request's head to the end of its answer, without the proxy.",
    ),
    lines(
      "Requests that were not served, by reason",
      "reqps",
      `sum by (reason) (${rate("iotedge_rejected_total", iotedged)})`,
      "{{reason}}",
      "token-audience, token-pod and token-user: a genuine token that stands for no module. Event `IdentityRefused` names the account.",
    ),
  ];
}

function tokenPanels(iotedged: string): readonly Panel[] {
  return [
    {
      kind: "lines",
      title: "Tokens: reviewed, and known",
      unit: "ops",
      description: "Most tokens are known already; stale ones are served while the API server gives no verdict.",
      queries: [
        { expr: `sum by (result) (${rate("iotedge_tokenreview_requests_total", iotedged)})`, legend: "{{result}}" },
        { expr: `sum(${rate("iotedge_tokenreview_cache_hits_total", iotedged)})`, legend: "known" },
        { expr: `sum(${rate("iotedge_tokenreview_stale_served_total", iotedged)})`, legend: "stale" },
      ],
    },
    lines(
      "99 % of TokenReviews take less than",
      "s",
      quantile("iotedge_tokenreview_duration_seconds", iotedged, "le"),
      "TokenReview",
      "As long as the API server takes. A module waits for it once in the life of its token.",
    ),
  ];
}

function modulePanels(all: string, edgeAgent: string): readonly Panel[] {
  return [
    lines(
      "Modules, by state",
      "short",
      `max by (status) (iotedge_modules{${edgeAgent}})`,
      "{{status}}",
      "Modules of the manifest in force. `edgectl status` says of each that does not run why not.",
    ),
    lines(
      "Objects of modules written, by cause",
      "ops",
      `sum by (cause) (${rate("iotedge_reconcile_writes_total", edgeAgent)})`,
      "{{cause}}",
      "Of a settled installation none. `repair`: somebody else changes or deletes what EdgeAgent has made.",
    ),
    {
      kind: "lines",
      title: "Who leads",
      unit: "short",
      description: "One pod of iotedged and, with several replicas, one of EdgeAgent.",
      queries: [{ expr: `iotedge_leader{${all}} == 1`, legend: "{{pod}}" }],
    },
    lines(
      "Time since a watch was heard of",
      "s",
      `time() - min by (container, kind) (iotedge_watch_last_event_seconds{${all}})`,
      "{{container}} {{kind}}",
      "Watches are renewed by themselves. What is silent for minutes sees no changes: check the API server and network policies.",
    ),
  ];
}

function trustPanels(all: string, iotedged: string): readonly Panel[] {
  return [
    lines(
      "Life left of certificates",
      "s",
      `min by (kind) (iotedge_cert_not_after_seconds{${iotedged}}) - time()`,
      "{{kind}}",
      "`edgectl trust status` has each with its end. Those of modules and iotedged's own renew themselves.",
    ),
    lines(
      "Requests of proxies",
      "reqps",
      `sum by (pod) (${rate("haproxy_frontend_http_responses_total", `${all},proxy="module"`)})`,
      "{{pod}}",
      "What each module sends to its proxy.",
    ),
    lines(
      "Life left of modules' tokens",
      "s",
      `min by (pod) (iotedge_proxy_token_not_after_seconds{${all}}) - time()`,
      "{{pod}}",
      "The kubelet renews a token at 80 % of its life. One that comes near 0: check its node.",
    ),
  ];
}

function programPanels(all: string): readonly Panel[] {
  return [
    lines(
      "Memory",
      "bytes",
      `process_resident_memory_bytes{${all}}`,
      "{{pod}}",
      "Resident memory of iotedged and EdgeAgent.",
    ),
    lines(
      "Delay of the event loop, 99 %",
      "s",
      `nodejs_eventloop_lag_p99_seconds{${all}}`,
      "{{pod}}",
      "How long work waits in a program for other work. Seconds: it has too little CPU.",
    ),
  ];
}
