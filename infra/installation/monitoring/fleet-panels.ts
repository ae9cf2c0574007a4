import {
  atLeast,
  failures,
  lifeLeft,
  lines,
  orNone,
  type Panel,
  type Row,
  rate,
  shouldBeNone,
  table,
  tile,
} from "./panel.ts";

const iotedged = 'container="iotedged"';
const edgeAgent = 'container="edgeagent"';
/** Clusters are told apart by the label that federation, Thanos and Mimir put on what they collect. */
const each = "by (cluster, namespace)";

/** What the dashboard of a fleet shows: all installations that the data source knows. */
export function fleetRows(): readonly Row[] {
  return [
    { title: "At a glance", panels: tiles() },
    { title: "Installation by installation", panels: tables() },
    { title: "IoT Hub", panels: hubTables() },
    { title: "Over time", panels: overTime() },
  ];
}

const notRunning = `max by (cluster, namespace, status) (iotedge_modules{${edgeAgent},status!~"running|stopped"})`;
const caLife = `min ${each} (iotedge_cert_not_after_seconds{${iotedged},kind=~"workload-ca|trust-bundle"}) - time()`;
const requests = (more: string) => rate("iotedge_request_duration_seconds_count", `${iotedged}${more}`);
const failing = (by: string) => `sum ${by}(${requests(',code=~"5.."')}) / sum ${by}(${requests("")})`;

function tiles(): readonly Panel[] {
  return [
    tile(
      "Installations",
      "short",
      `count(count ${each} (up{${iotedged}}))`,
      atLeast(1),
      "Namespaces in which Prometheus looks at iotedged, in all clusters.",
    ),
    tile(
      "Installations without iotedged",
      "short",
      `count(sum ${each} (up{${iotedged}}) == 0) or vector(0)`,
      shouldBeNone("red"),
      "None of its replicas answers: modules there get no signatures and no certificates.",
    ),
    tile(
      "Modules that do not run",
      "short",
      `sum(${notRunning}) or vector(0)`,
      shouldBeNone("orange"),
      "In all installations. The table below says in which.",
    ),
    tile("Requests that fail", "percentunit", orNone(failing("")), failures, "Part of all modules' requests."),
    tile(
      "First CA ends in",
      "s",
      `min(${caLife})`,
      lifeLeft,
      "Of the installation where it comes first. Deploy its stack.",
    ),
    tile(
      "Without verdicts on tokens",
      "short",
      `count(max ${each} (iotedge_degraded{${iotedged}}) == 1) or vector(0)`,
      shouldBeNone("red"),
      "Installations to which their API server gives no verdicts on tokens.",
    ),
  ];
}

function tables(): readonly Panel[] {
  return [
    table(
      "Modules that do not run",
      "short",
      `sum ${each} (${notRunning}) > 0`,
      shouldBeNone("orange"),
      "`edgectl status --context CLUSTER -n NAMESPACE` says why.",
    ),
    table("CAs, the first to end on top", "s", `sort(${caLife})`, lifeLeft, "A deployment of the stack renews them."),
    table(
      "Requests that fail",
      "percentunit",
      `${failing(`${each} `)} > 0`,
      failures,
      "See the log of iotedged there.",
    ),
  ];
}

function hubTables(): readonly Panel[] {
  return [
    table(
      "IoT Hub takes calls, those without on top",
      "short",
      `sort(max ${each} (iotedge_hub_connected{${iotedged}}))`,
      atLeast(1),
      "Of installations that are connected to IoT Hub. 0: new modules get no identity there; `edgectl check --context CLUSTER -n NAMESPACE` says why.",
    ),
    table(
      "EdgeAgent is connected, those without on top",
      "short",
      `sort(max ${each} (iotedge_hub_twin_connected{${edgeAgent}}))`,
      atLeast(1),
      "0: what runs, runs; changes of the hub are not seen.",
    ),
    table(
      "Identities not ready, the most on top",
      "short",
      `sort_desc(sum ${each} (max by (cluster, namespace, state) (iotedge_hub_identities{${iotedged},state!="ready"})))`,
      shouldBeNone("orange"),
      "Modules whose key the hub does not have. `edgectl status --context CLUSTER -n NAMESPACE` names them.",
    ),
  ];
}

function overTime(): readonly Panel[] {
  return [
    lines(
      "Requests",
      "reqps",
      `sum ${each} (${requests("")})`,
      "{{cluster}} {{namespace}}",
      "Of all modules of an installation.",
    ),
    lines(
      "Requests that were not served, by reason",
      "reqps",
      `sum by (reason) (${rate("iotedge_rejected_total", iotedged)})`,
      "{{reason}}",
      "In all installations.",
    ),
    lines(
      "Modules, by state",
      "short",
      `sum by (status) (max by (cluster, namespace, status) (iotedge_modules{${edgeAgent}}))`,
      "{{status}}",
      "In all installations.",
    ),
  ];
}
