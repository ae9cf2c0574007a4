import { atLeast, lines, type Panel, type Row, rate, shouldBeNone, type Threshold, tile } from "./panel.ts";

/** iotedged lists the identities every five minutes. */
const silence: readonly Threshold[] = [
  { from: null, color: "green" },
  { from: 600, color: "orange" },
  { from: 1800, color: "red" },
];

/** From two minutes on a hub refuses tokens. */
const clockOff: readonly Threshold[] = [
  { from: null, color: "green" },
  { from: 60, color: "orange" },
  { from: 120, color: "red" },
];

/**
 * What the dashboard of an installation that is connected to IoT Hub shows besides.
 *
 * @param labels of the daemons' series
 */
export function hubRow({ iotedged, edgeAgent }: { readonly iotedged: string; readonly edgeAgent: string }): Row {
  return { title: "IoT Hub", panels: [...tiles(iotedged, edgeAgent), ...diagrams(iotedged, edgeAgent)] };
}

function tiles(iotedged: string, edgeAgent: string): readonly Panel[] {
  return [
    tile(
      "IoT Hub takes calls",
      "short",
      `max(iotedge_hub_connected{${iotedged}})`,
      atLeast(1),
      "0: new modules get no identity there. `edgectl check` and the Events of Deployment iotedged name the cause.",
    ),
    tile(
      "EdgeAgent is connected",
      "short",
      `max(iotedge_hub_twin_connected{${edgeAgent}})`,
      atLeast(1),
      "0: what runs, runs; changes of the hub are not seen. The Events of Deployment edgeagent name the cause.",
    ),
    tile(
      "Identities not ready",
      "short",
      `sum(max by (state) (iotedge_hub_identities{${iotedged},state!="ready"})) or vector(0)`,
      shouldBeNone("orange"),
      "Modules whose key the hub does not have. Those that wait get it by one write a second; `edgectl status` names the others.",
    ),
    tile(
      "Cut off by another client, 1 h",
      "short",
      `sum(increase(iotedge_hub_twin_connections_total{${edgeAgent},result="contested"}[1h])) or vector(0)`,
      shouldBeNone("red"),
      "Another installation, or a machine, connects as this device. Give each a device of its own.",
    ),
    tile(
      "Last answer of the hub",
      "s",
      `time() - max(iotedge_hub_last_answer_seconds{${iotedged}})`,
      silence,
      "How long ago. It is asked every 5 minutes, and when modules come and go.",
    ),
    tile(
      "Clock of the node",
      "s",
      `max(abs(iotedge_hub_clock_ahead_seconds{${iotedged}}))`,
      clockOff,
      "By how much it is off by the hub's. From 2 minutes on the hub may refuse tokens: set the clocks by NTP.",
    ),
  ];
}

function diagrams(iotedged: string, edgeAgent: string): readonly Panel[] {
  return [
    lines(
      "Calls to the hub's registry, by result",
      "reqps",
      `sum by (result) (${rate("iotedge_hub_calls_total", iotedged)})`,
      "{{result}}",
      "Of a settled installation one in 5 minutes. `throttled`: all devices of the hub together write too much.",
    ),
    lines(
      "Connections of EdgeAgent, by result",
      "ops",
      `sum by (result) (${rate("iotedge_hub_twin_connections_total", edgeAgent)})`,
      "{{result}}",
      "Of a settled installation one an hour, for the next token.",
    ),
    lines(
      "Identities of modules, by state",
      "short",
      `max by (state) (iotedge_hub_identities{${iotedged}})`,
      "{{state}}",
      "`foreign`: somebody else has made it in the hub. `refused`: the hub does not take it.",
    ),
    {
      kind: "lines",
      title: "Reports and direct methods",
      unit: "ops",
      description: "Changes of the reported properties of $edgeAgent, and its direct methods that were called.",
      queries: [
        { expr: `sum by (result) (${rate("iotedge_hub_reports_total", edgeAgent)})`, legend: "report {{result}}" },
        { expr: `sum by (method) (${rate("iotedge_hub_methods_total", edgeAgent)})`, legend: "{{method}}" },
      ],
    },
  ];
}
