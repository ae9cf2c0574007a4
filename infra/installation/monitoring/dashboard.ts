import { createHash } from "node:crypto";
import { canonicalJson } from "#base";
import type { InstallationId } from "../scope.ts";
import { type Panel, panelsOf } from "./panels.ts";

const width = 12;
const height = 8;
const columns = 2;
/** Version of the dashboard's JSON model: that of Grafana 10. */
const schemaVersion = 38;
const datasource = { type: "prometheus", uid: "$datasource" };

/** The dashboard of an installation, as Grafana imports it. */
export function dashboardOf(id: InstallationId): string {
  return canonicalJson({
    uid: createHash("sha256").update(`iotedge/${id.namespace}/${id.name}`).digest("hex").slice(0, 32),
    title: `IoT Edge ${id.name}`,
    tags: ["iotedge"],
    schemaVersion,
    editable: false,
    refresh: "30s",
    time: { from: "now-6h", to: "now" },
    templating: { list: [{ name: "datasource", label: "Data source", type: "datasource", query: "prometheus" }] },
    panels: panelsOf(id.namespace).map(panelJson),
  });
}

function panelJson({ title, unit, queries }: Panel, index: number) {
  const x = (index % columns) * width;
  const y = Math.floor(index / columns) * height;
  return {
    id: index + 1,
    type: "timeseries",
    title,
    datasource,
    gridPos: { x, y, w: width, h: height },
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    targets: queries.map(({ expr, legend }, query) => ({
      refId: String.fromCharCode("A".charCodeAt(0) + query),
      datasource,
      expr,
      legendFormat: legend,
    })),
  };
}
