import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** Everything that EdgeAgent counts. Values of labels come from closed sets: no module id. */
export type Metrics = ReturnType<typeof createMetrics>;

const runBuckets = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** @param options.processMetrics whether CPU, memory and event loop are watched too: not in unit tests */
export function createMetrics(options: { readonly processMetrics?: boolean } = {}) {
  const registry = new Registry();
  const registers = [registry];
  if (options.processMetrics) collectDefaultMetrics({ register: registry });
  return {
    registry,
    reconciliations: new Counter({
      name: "iotedge_reconcile_total",
      help: "Comparisons of the manifest with the namespace, by result: unchanged, applied, error.",
      labelNames: ["result"],
      registers,
    }),
    reconcileSeconds: new Histogram({
      name: "iotedge_reconcile_duration_seconds",
      help: "Time of a comparison and of the writes that it led to.",
      buckets: runBuckets,
      registers,
    }),
    writes: new Counter({
      name: "iotedge_reconcile_writes_total",
      help: "Objects of modules that were written, by kind and cause: create, change, repair, remove.",
      labelNames: ["kind", "cause"],
      registers,
    }),
    manifests: new Counter({
      name: "iotedge_manifest_total",
      help: "Deployment manifests that were read, by result: accepted, refused, missing.",
      labelNames: ["result"],
      registers,
    }),
    modules: new Gauge({
      name: "iotedge_modules",
      help: "Modules of the manifest in force, by runtime status.",
      labelNames: ["status"],
      registers,
    }),
    leader: new Gauge({
      name: "iotedge_leader",
      help: "1 for the one replica that writes, else 0.",
      registers,
    }),
    watchLastEvent: new Gauge({
      name: "iotedge_watch_last_event_seconds",
      help: "When the API server was last heard of by a watch, in seconds since the epoch.",
      labelNames: ["kind"],
      registers,
    }),
  };
}
