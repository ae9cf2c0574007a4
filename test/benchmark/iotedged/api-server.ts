import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { annotations, labels } from "#contract";

/** As much of an API server as iotedged needs, over plain HTTP. */
export interface FakeApiServer {
  readonly url: string;
  /** TokenReviews asked for of that module's tokens. */
  reviewsOf(moduleId: string): number;
  /** TokenReviews asked for of tokens that were refused. */
  refusedReviews(): number;
  close(): void;
}

export const audience = "iotedge:bench/bench";
const lifetime = 3600;
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A token that the fake API server takes for that module's, or refuses when the module is unknown to it. */
export function tokenFor(moduleId: string): string {
  const bound = { pod: { name: `${moduleId}-0`, uid: `pod-${moduleId}` } };
  const claims = {
    aud: [audience],
    exp: Math.floor(Date.now() / 1000) + lifetime,
    "kubernetes.io": bound,
    moduleId,
  };
  // As long as a real one, which has a signature of 256 bytes and more claims, and with an end of its own as that has.
  const signed = `${encode({ alg: "RS256", kid: "x".repeat(43) })}.${encode({ ...claims, pad: "x".repeat(500) })}`;
  return `${signed}.${createHash("sha256").update(moduleId).digest("base64url").padStart(342, "s")}`;
}

/** @param modules ids, which are their Kubernetes names too */
export async function startFakeApiServer(modules: readonly string[]): Promise<FakeApiServer> {
  const known = new Set(modules);
  const reviews = new Map<string, number>();
  let refused = 0;
  const lists: Readonly<Record<string, readonly object[]>> = {
    serviceaccounts: ["iotedged", ...modules].map(serviceAccount),
    deployments: modules.map(deployment),
    pods: modules.map(pod),
  };

  function review(text: string): object {
    const { token } = (JSON.parse(text) as { spec: { token: string } }).spec;
    const { moduleId } = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
    reviews.set(moduleId, (reviews.get(moduleId) ?? 0) + 1);
    if (!known.has(moduleId)) {
      refused++;
      return { status: { authenticated: false } };
    }
    return { status: { authenticated: true, audiences: [audience], user: userOf(moduleId) } };
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://localhost");
    const [kind = "", name] = pathname.replace(/^.*\/namespaces\/bench\//, "").split("/");
    const text = await textOf(request);
    if (searchParams.get("watch")) return void response.writeHead(200).flushHeaders();
    if (pathname.endsWith("/tokenreviews")) return send(response, review(text));
    if (pathname.endsWith("accessreviews")) return send(response, { status: { allowed: true } });
    if (name !== undefined) return send(response, serviceAccount(name));
    send(response, pageOf(lists[kind] ?? [], searchParams));
  }

  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    reviewsOf: (moduleId) => reviews.get(moduleId) ?? 0,
    refusedReviews: () => refused,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Part of a list, as the API server cuts it. */
function pageOf(items: readonly object[], query: URLSearchParams): object {
  const start = Number(query.get("continue") ?? 0);
  const end = start + Number(query.get("limit") ?? items.length);
  const more = end < items.length ? { continue: String(end) } : {};
  return { metadata: { resourceVersion: "1", ...more }, items: items.slice(start, end) };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}

function send(response: ServerResponse, value: object): void {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
}

function userOf(name: string) {
  const extra = {
    "authentication.kubernetes.io/pod-name": [`${name}-0`],
    "authentication.kubernetes.io/pod-uid": [`pod-${name}`],
  };
  return { username: `system:serviceaccount:bench:${name}`, uid: `uid-${name}`, extra };
}

const metadataOf = (name: string, uid: string) => ({
  name,
  uid,
  namespace: "bench",
  resourceVersion: "1",
  labels: { [labels.module]: name },
  annotations: { [annotations.moduleId]: name },
});

const serviceAccount = (name: string) => ({
  apiVersion: "v1",
  kind: "ServiceAccount",
  metadata: metadataOf(name, `uid-${name}`),
});

const containers = (name: string) =>
  ["proxy", name].map((container) => ({
    name: container,
    image: `registry.example/${container}:1`,
    env: Array.from({ length: 12 }, (_, index) => ({ name: `VARIABLE_${index}`, value: `value ${index} of ${name}` })),
    volumeMounts: Array.from({ length: 4 }, (_, index) => ({ name: `volume-${index}`, mountPath: `/mnt/${index}` })),
  }));

const deployment = (name: string) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: metadataOf(name, `deployment-${name}`),
  spec: { replicas: 1, selector: {}, template: { spec: { containers: containers(name) } } },
});

const pod = (name: string) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { ...metadataOf(`${name}-0`, `pod-${name}`), labels: { [labels.module]: name } },
  spec: { containers: containers(name) },
  status: {
    phase: "Running",
    containerStatuses: ["proxy", name].map((container) => ({ name: container, ready: true, state: { running: {} } })),
  },
});
