import type { Registry } from "prom-client";
import { createHubMetrics as edgeAgentHubMetrics } from "../../runtime/edge-agent/hub/hub-metrics.ts";
import { createMetrics as edgeAgentMetrics } from "../../runtime/edge-agent/metrics.ts";
import { createHubMetrics as iotedgedHubMetrics } from "../../runtime/iotedged/hub/metrics.ts";
import { createMetrics as iotedgedMetrics } from "../../runtime/iotedged/metrics.ts";
import type { Series } from "./promql-tools.ts";

const scrape = 30;
const scrapes = 21;
const day = 86_400;

/** What Prometheus has of an installation after ten minutes of load. */
export interface RecordedLoad {
  /** Seconds since the epoch, of the last scrape. */
  readonly at: number;
  readonly series: readonly Series[];
}

interface Target {
  readonly registry: Registry;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Scrapes the real registries of iotedged and EdgeAgent every 30 s while each second brings 10 requests, one of which fails,
 * one TokenReview, one request that is refused, one call to IoT Hub, and what a proxy tells.
 *
 * @param broken how many modules do not run; where any does not, IoT Hub is away, too
 */
export async function recordLoad(
  where: Readonly<Record<"namespace", string>>,
  start: number,
  broken: number,
): Promise<RecordedLoad> {
  const iotedged = iotedgedMetrics({ processMetrics: true });
  const edgeAgent = edgeAgentMetrics({ processMetrics: true });
  const hub = { iotedged: iotedgedHubMetrics(iotedged.registry), edgeAgent: edgeAgentHubMetrics(edgeAgent.registry) };
  const targets: readonly Target[] = [
    { registry: iotedged.registry, labels: { ...where, container: "iotedged", pod: "iotedged-1" } },
    { registry: edgeAgent.registry, labels: { ...where, container: "edgeagent", pod: "edgeagent-1" } },
  ];
  const recorded = new Map<string, Series & { readonly samples: [number, number][] }>();
  const keep = (labels: Readonly<Record<string, string>>, at: number, value: number) => {
    const key = JSON.stringify(Object.entries(labels).sort());
    const one = recorded.get(key) ?? { labels, samples: [] };
    one.samples.push([at, value]);
    recorded.set(key, one);
  };
  for (let index = 0; index < scrapes; index += 1) {
    const at = start + index * scrape;
    if (index > 0)
      for (let second = 0; second < scrape; second += 1) {
        load(iotedged, edgeAgent);
        hub.iotedged.calls.inc({ operation: "list", result: "ok" });
        hub.edgeAgent.reports.inc({ result: "accepted" });
        hub.edgeAgent.methods.inc({ method: "ping", result: "ok" });
      }
    present(iotedged, edgeAgent, at, broken);
    presentHub(hub, at, broken === 0);
    for (const { registry, labels } of targets) {
      keep({ ...labels, __name__: "up" }, at, 1);
      for (const [name, own, value] of await samplesOf(registry))
        keep({ ...own, ...labels, __name__: name }, at, value);
    }
    const proxy = { ...where, container: "proxy", pod: "sensor-1" };
    keep(
      { ...proxy, __name__: "haproxy_frontend_http_responses_total", proxy: "module", code: "2xx" },
      at,
      index * scrape * 10,
    );
    keep({ ...proxy, __name__: "iotedge_proxy_token_not_after_seconds" }, at, at + 3000);
  }
  return { at: start + (scrapes - 1) * scrape, series: [...recorded.values()] };
}

/** One second of it. */
function load(iotedged: ReturnType<typeof iotedgedMetrics>, edgeAgent: ReturnType<typeof edgeAgentMetrics>): void {
  for (let request = 0; request < 10; request += 1) {
    iotedged.requestSeconds.observe({ route: "sign", code: request === 0 ? "500" : "200" }, 0.004);
  }
  iotedged.tokenReviews.inc({ result: "accepted" });
  iotedged.tokenReviewSeconds.observe(0.02);
  iotedged.tokenReviewCacheHits.inc(9);
  iotedged.tokenReviewStaleServed.inc(0);
  iotedged.rejected.inc({ reason: "rate" });
  edgeAgent.writes.inc({ kind: "Deployment", cause: "repair" });
}

/** What holds at the time of a scrape. */
function present(
  iotedged: ReturnType<typeof iotedgedMetrics>,
  edgeAgent: ReturnType<typeof edgeAgentMetrics>,
  at: number,
  broken: number,
): void {
  for (const kind of ["workload-ca", "trust-bundle", "serving"])
    iotedged.certificateNotAfter.set({ kind }, at + 10 * day);
  iotedged.degraded.set(0);
  iotedged.leader.set(1);
  iotedged.watchLastEvent.set({ kind: "Deployment" }, at - 5);
  edgeAgent.leader.set(1);
  edgeAgent.watchLastEvent.set({ kind: "ConfigMap" }, at - 7);
  edgeAgent.modules.set({ status: "running" }, 3);
  edgeAgent.modules.set({ status: "backoff" }, broken);
}

function presentHub(
  hub: {
    readonly iotedged: ReturnType<typeof iotedgedHubMetrics>;
    readonly edgeAgent: ReturnType<typeof edgeAgentHubMetrics>;
  },
  at: number,
  isThere: boolean,
): void {
  hub.iotedged.connected.set(isThere ? 1 : 0);
  hub.iotedged.identities.set({ state: "ready" }, 3);
  hub.iotedged.identities.set({ state: "foreign" }, 2);
  hub.iotedged.clockAhead.set(-3);
  hub.iotedged.lastAnswer.set(at - 40);
  hub.edgeAgent.connected.set(isThere ? 1 : 0);
  hub.edgeAgent.connections.inc({ result: "connected" }, 0);
}

type Sample = readonly [name: string, labels: Readonly<Record<string, string>>, value: number];

async function samplesOf(registry: Registry): Promise<readonly Sample[]> {
  const metrics = await registry.getMetricsAsJSON();
  return metrics.flatMap(({ name, values }) =>
    (values as { readonly metricName?: string; readonly labels: object; readonly value: number }[]).map(
      ({ metricName = name, labels, value }) => {
        const texts = Object.entries(labels).map(([label, text]) => [
          label,
          text === Number.POSITIVE_INFINITY ? "+Inf" : String(text),
        ]);
        return [metricName, Object.fromEntries(texts), value] as const;
      },
    ),
  );
}
