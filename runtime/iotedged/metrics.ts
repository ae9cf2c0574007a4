import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** Everything that iotedged counts. Values of labels come from closed sets: no module id, no path. */
export type Metrics = ReturnType<typeof createMetrics>;

const requestBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** @param options.processMetrics whether CPU, memory and event loop are watched too: not in unit tests */
export function createMetrics(options: { readonly processMetrics?: boolean } = {}) {
  const registry = new Registry();
  if (options.processMetrics) collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    ...authenticationMetrics(registers),
    ...requestMetrics(registers),
    ...trustMetrics(registers),
    ciphertextVersion: new Gauge({
      name: "iotedge_ciphertext_version",
      help: "Form of the ciphertexts that encrypt writes: 1 while a replica runs that can read no other, else 2.",
      registers,
    }),
    ...supervisionMetrics(registers),
  };
}

function authenticationMetrics(registers: Registry[]) {
  return {
    tokenReviews: new Counter({
      name: "iotedge_tokenreview_requests_total",
      help: "TokenReviews asked for, by result: accepted, refused, error.",
      labelNames: ["result"],
      registers,
    }),
    tokenReviewSeconds: new Histogram({
      name: "iotedge_tokenreview_duration_seconds",
      help: "Time that the API server took for a TokenReview.",
      buckets: requestBuckets,
      registers,
    }),
    tokenReviewWaitSeconds: new Histogram({
      name: "iotedge_tokenreview_wait_seconds",
      help: "Time that a TokenReview waited for its turn, because iotedged asks for 16 at once at most.",
      buckets: requestBuckets,
      registers,
    }),
    tokenReviewCacheHits: new Counter({
      name: "iotedge_tokenreview_cache_hits_total",
      help: "Requests whose token was accepted without a TokenReview.",
      registers,
    }),
    tokenReviewCacheEntries: new Gauge({
      name: "iotedge_tokenreview_cache_entries",
      help: "Tokens whose verdict is kept at present, by store: accepted, refused.",
      labelNames: ["store"],
      registers,
    }),
    tokenReviewStaleServed: new Counter({
      name: "iotedge_tokenreview_stale_served_total",
      help: "Requests whose token counted beyond its time because the API server gave no verdict.",
      registers,
    }),
    revocationSeconds: new Histogram({
      name: "iotedge_revocation_seconds",
      help: "Time from the end of a deleted pod's grace period to the refusal of its token; 0 when the pod ended earlier.",
      buckets: [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
      registers,
    }),
    degraded: new Gauge({
      name: "iotedge_degraded",
      help: "1 while the API server gives no verdicts on tokens, else 0.",
      registers,
    }),
    tokenReviewsInFlight: new Gauge({
      name: "iotedge_tokenreview_inflight",
      help: "TokenReviews that wait for the API server.",
      registers,
    }),
  };
}

function requestMetrics(registers: Registry[]) {
  return {
    connections: new Gauge({
      name: "iotedge_connections",
      help: "Connections to both APIs, by state: waiting, unproven, proven; large-body counts bodies above 16 KiB that are being read.",
      labelNames: ["state"],
      registers,
    }),
    connectionsEnded: new Counter({
      name: "iotedge_connections_ended_total",
      help: "Connections that iotedged hung up on to have room for others.",
      registers,
    }),
    requestSeconds: new Histogram({
      name: "iotedge_request_duration_seconds",
      help: "Time from a request's head to the end of its answer, by route and status.",
      labelNames: ["route", "code"],
      buckets: requestBuckets,
      registers,
    }),
    rejected: new Counter({
      name: "iotedge_rejected_total",
      help: "Requests that were not served, by reason.",
      labelNames: ["reason"],
      registers,
    }),
  };
}

function trustMetrics(registers: Registry[]) {
  return {
    certificateNotAfter: new Gauge({
      name: "iotedge_cert_not_after_seconds",
      help: "When a certificate ends, in seconds since the epoch, by kind: workload-ca, serving, trust-bundle (the first of its CAs to end), trust-bundle-last, module-identity and module-server (the first of the modules' certificates in use to end).",
      labelNames: ["kind"],
      registers,
    }),
    certificateRenewalDue: new Gauge({
      name: "iotedge_cert_renewal_due_seconds",
      help: "When the first of the modules' certificates in use that live a day or longer should have been replaced, after 80 % of its life, in seconds since the epoch, by kind: module-identity, module-server.",
      labelNames: ["kind"],
      registers,
    }),
    certificatesIssued: new Counter({
      name: "iotedge_certificates_issued_total",
      help: "Certificates that modules got, by kind: identity, server.",
      labelNames: ["kind"],
      registers,
    }),
    trustBundle: new Gauge({
      name: "iotedge_bundle_info",
      help: "Always 1; the label has the first 16 hexadecimal digits of the trust bundle's SHA-256.",
      labelNames: ["hash"],
      registers,
    }),
    trustPods: new Gauge({
      name: "iotedge_trust_pods",
      help: "Pods of modules by the bundle that their proxy has loaded: current, other, unknown.",
      labelNames: ["bundle"],
      registers,
    }),
    trustCertificates: new Gauge({
      name: "iotedge_trust_certificates",
      help: "Modules' certificates in use by the root above them: current, other.",
      labelNames: ["root"],
      registers,
    }),
    trustAnchored: new Gauge({
      name: "iotedge_trust_anchored",
      help: "1 while a CA of the trust bundle vouches for the workload CA, else 0.",
      registers,
    }),
    reloads: new Counter({
      name: "iotedge_reload_total",
      help: "Changed files that were read again, by kind and result: success, error.",
      labelNames: ["kind", "result"],
      registers,
    }),
  };
}

function supervisionMetrics(registers: Registry[]) {
  return {
    watchLastEvent: new Gauge({
      name: "iotedge_watch_last_event_seconds",
      help: "When the API server was last heard of by a watch, in seconds since the epoch.",
      labelNames: ["kind"],
      registers,
    }),
    leader: new Gauge({
      name: "iotedge_leader",
      help: "1 for the one replica that watches over EdgeAgent, else 0.",
      registers,
    }),
    reconciliations: new Counter({
      name: "iotedge_reconcile_total",
      help: "Looks at Deployment edgeagent, by result: unchanged, applied, removed, error.",
      labelNames: ["result"],
      registers,
    }),
    reconcileSeconds: new Histogram({
      name: "iotedge_reconcile_duration_seconds",
      help: "Time of a look at Deployment edgeagent that wrote something.",
      buckets: requestBuckets,
      registers,
    }),
  };
}
