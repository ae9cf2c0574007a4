import { createHash } from "node:crypto";
import { canonicalJson } from "#base";
import type { InstallationId } from "../scope.ts";
import { fleetRows } from "./fleet-panels.ts";
import type { Panel, Row, Threshold } from "./panel.ts";
import { rowsOf } from "./panels.ts";

const fullWidth = 24;
/** Width and height of a panel, in Grafana's grid of 24 columns. */
const sizes = { tile: { w: 4, h: 4 }, lines: { w: 12, h: 8 }, table: { w: 8, h: 9 } } as const;
const types = { tile: "stat", lines: "timeseries", table: "table" } as const;
/** Version of the dashboard's JSON model: that of Grafana 10. */
const schemaVersion = 38;
const datasource = { type: "prometheus", uid: "$datasource" };

/**
 * The dashboard of an installation, as Grafana imports it.
 *
 * @param connected whether it is connected to IoT Hub
 */
export function dashboardOf(id: InstallationId, connected: boolean): string {
  const uid = createHash("sha256").update(`iotedge/${id.namespace}/${id.name}`).digest("hex").slice(0, 32);
  return dashboard(uid, `IoT Edge ${id.name}`, rowsOf(id.namespace, connected));
}

/** The dashboard of all installations that one Prometheus knows. */
export function fleetDashboard(): string {
  return dashboard("iotedge-fleet", "IoT Edge fleet", fleetRows());
}

function dashboard(uid: string, title: string, rows: readonly Row[]): string {
  return canonicalJson({
    uid,
    title,
    tags: ["iotedge"],
    schemaVersion,
    editable: false,
    refresh: "30s",
    time: { from: "now-6h", to: "now" },
    templating: { list: [{ name: "datasource", label: "Data source", type: "datasource", query: "prometheus" }] },
    panels: placed(rows),
  });
}

/** Rows below one another, and in each its panels side by side as far as there is room. */
function placed(rows: readonly Row[]): object[] {
  const panels: object[] = [];
  let y = 0;
  for (const row of rows) {
    const gridPos = { x: 0, y, w: fullWidth, h: 1 };
    panels.push({ id: panels.length + 1, type: "row", title: row.title, collapsed: false, gridPos, panels: [] });
    y += 1;
    let [x, height] = [0, 0];
    for (const panel of row.panels) {
      const { w, h } = sizes[panel.kind];
      if (x + w > fullWidth) [x, y, height] = [0, y + height, 0];
      panels.push(panelJson(panel, panels.length + 1, { x, y, w, h }));
      x += w;
      height = Math.max(height, h);
    }
    y += height;
  }
  return panels;
}

function panelJson({ kind, title, description, unit, queries, thresholds }: Panel, id: number, gridPos: object) {
  const isInstant = kind !== "lines";
  const mode = thresholds === undefined ? {} : { thresholds: thresholdsOf(thresholds), color: { mode: "thresholds" } };
  const min = kind === "lines" ? { min: 0 } : {};
  return {
    id,
    type: types[kind],
    title,
    description,
    datasource,
    gridPos,
    fieldConfig: { defaults: { unit, ...min, ...mode }, overrides: [] },
    ...(kind === "tile" ? { options: tileOptions } : {}),
    targets: queries.map(({ expr, legend }, query) => ({
      refId: String.fromCharCode("A".charCodeAt(0) + query),
      datasource,
      expr,
      legendFormat: legend,
      ...(isInstant ? { instant: true, range: false } : {}),
      ...(kind === "table" ? { format: "table" } : {}),
    })),
  };
}

/** The value on a ground of its colour: the number is read also by who does not see the colour. */
const tileOptions = {
  colorMode: "background",
  graphMode: "none",
  textMode: "value",
  reduceOptions: { calcs: ["lastNotNull"], fields: "", values: false },
};

function thresholdsOf(steps: readonly Threshold[]) {
  return { mode: "absolute", steps: steps.map(({ from, color }) => ({ value: from, color })) };
}
