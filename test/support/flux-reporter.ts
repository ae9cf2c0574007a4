import { createHash, createHmac } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { Agent, fetch } from "undici";
import { brokenTag } from "./fake-node.ts";

export interface ReportingCluster {
  readonly name: string;
  /** `host:port/path` */
  readonly repository: string;
  readonly key: string;
}

/** A body as notification-controller 1.9 posts it, byte for byte, and its signature. */
export function signedEvent(
  key: string,
  {
    digest,
    severity,
    reason,
    message,
    at,
  }: Readonly<Record<"digest" | "severity" | "reason" | "message", string>> & { at: number },
) {
  const event = {
    involvedObject: {
      kind: "Kustomization",
      namespace: "flux-system",
      name: "iotedge",
      uid: "2b0e7a0c-3c0e-4d6e-8a3f-0f3f6c3c1b1a",
      apiVersion: "kustomize.toolkit.fluxcd.io/v1",
      resourceVersion: "4711",
    },
    severity,
    timestamp: new Date(at).toISOString().replace(/\.\d+Z$/, "Z"),
    message,
    reason,
    metadata: { commit_status: "update", revision: `stable@${digest}` },
    reportingController: "kustomize-controller",
    reportingInstance: "kustomize-controller-7d6c5b8f9-abcde",
  };
  const body = JSON.stringify(event);
  return { body, signature: `sha256=${createHmac("sha256", key).update(body).digest("hex")}` };
}

/** Stands for the Flux of clusters that nobody can reach: follows their tags, and reports what became of it. */
export function startFluxReporter(clusters: readonly ReportingCluster[], receiver: { url: string; ca: string }) {
  const agent = new Agent({ connect: { ca: receiver.ca } });
  const silent = new Set<string>();
  const applied = new Map<string, string[]>();
  const stopped = new AbortController();
  const post = (cluster: string, { body, signature }: { body: string; signature: string }) =>
    fetch(`${receiver.url}/clusters/${cluster}/events`, {
      method: "POST",
      body,
      headers: {
        "content-type": "application/json",
        "x-signature": signature,
        "gotk-component": "kustomize-controller",
      },
      dispatcher: agent,
    });
  const look = async ({ name, repository, key }: ReportingCluster) => {
    if (silent.has(name)) return;
    const found = await readTag(repository, "stable");
    if (found === undefined) return;
    const seen = applied.get(name) ?? [];
    if (seen.at(-1) !== found.digest) applied.set(name, [...seen, found.digest]);
    const state = found.isBroken
      ? {
          severity: "error",
          reason: "HealthCheckFailed",
          message:
            "health check failed after 3s: timeout waiting for: [Deployment/edge-a/iotedged status: 'InProgress']",
        }
      : {
          severity: "info",
          reason: "ReconciliationSucceeded",
          message: "Reconciliation finished in 61ms, next run in 1m0s",
        };
    await post(name, signedEvent(key, { digest: found.digest, ...state, at: Date.now() })).catch(() => {});
  };
  const loops = clusters.map(async (cluster) => {
    while (!stopped.signal.aborted) {
      await look(cluster);
      await delay(1200, undefined, { signal: stopped.signal }).catch(() => {});
    }
  });
  return {
    /** Digests that each cluster has followed, in their order. */
    applied,
    silent,
    post,
    stop: async () => {
      stopped.abort();
      await Promise.all(loops);
      await agent.destroy();
    },
  };
}

const accept = "application/vnd.oci.image.manifest.v1+json";

/** Where a tag of a registry on the loopback leads to; undefined where there is none. */
export async function readTag(repository: string, tag: string) {
  const [host, ...path] = repository.split("/");
  const base = `http://${host}/v2/${path.join("/")}`;
  const response = await fetch(`${base}/manifests/${tag}`, { headers: { accept } });
  if (!response.ok) return undefined;
  const text = await response.text();
  const digest = `sha256:${createHash("sha256").update(text).digest("hex")}`;
  const manifest = JSON.parse(text) as {
    layers: { digest: string }[];
    annotations?: Readonly<Record<string, string>>;
  };
  const blob = await fetch(`${base}/blobs/${manifest.layers[0]?.digest}`);
  const bytes = Buffer.from(await blob.arrayBuffer());
  const content = bytes[0] === 0x1f ? gunzipSync(bytes).toString("latin1") : "";
  return { digest, annotations: manifest.annotations ?? {}, content, isBroken: content.includes(`:${brokenTag}`) };
}
