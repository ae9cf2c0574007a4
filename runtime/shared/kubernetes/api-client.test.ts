import { getEventListeners, once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { KubeConfig } from "@kubernetes/client-node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ApiClient, createApiClient } from "./api-client.ts";

const token = "canary-token";
let server: Server;
let client: ApiClient;
/** Waits for no call for long. */
let hasty: ApiClient;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let ports: Set<number>;

beforeEach(async () => {
  ports = new Set();
  server = createServer((request, response) => {
    ports.add(request.socket.remotePort ?? 0);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const kubeConfig = new KubeConfig();
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  kubeConfig.loadFromClusterAndUser({ name: "c", server: address, skipTLSVerify: true }, { name: "u", token });
  client = createApiClient({ kubeConfig });
  hasty = createApiClient({ kubeConfig, timeoutMilliseconds: 1000 });
});
afterEach(async () => {
  await client.close();
  await hasty.close();
  server.closeAllConnections();
  server.close();
});

const get = { verb: "get", path: "/api/v1/namespaces/a/pods/x" } as const;
const failure = (of = client) =>
  of.call(get).then(
    () => undefined,
    (error: unknown) => error,
  );

it("sends the token, the query and the body, and parses the answer", async () => {
  let seen = {};
  answer = (request, response) => {
    const { method, url, headers } = request;
    request.setEncoding("utf8");
    request.on("data", (body) => {
      seen = { method, url, body, type: headers["content-type"], authorization: headers.authorization };
    });
    request.on("end", () => response.end('{"kind":"Pod"}'));
  };
  const query = { fieldManager: "x", labelSelector: "a=b", absent: undefined };
  const body = { a: 1 };
  expect(
    await client.call({ ...get, verb: "patch", query, body, contentType: "application/apply-patch+yaml" }),
  ).toEqual({
    kind: "Pod",
  });
  expect(seen).toEqual({
    method: "PATCH",
    url: "/api/v1/namespaces/a/pods/x?fieldManager=x&labelSelector=a%3Db",
    body: '{"a":1}',
    type: "application/apply-patch+yaml",
    authorization: `Bearer ${token}`,
  });
});

it("keeps its connections", async () => {
  answer = (_, response) => response.end("{}");
  for (let count = 0; count < 20; count++) await client.call(get);
  expect(ports.size).toBeLessThan(3);
});

describe("errors", () => {
  it.each([
    [401, "EDGE_KUBERNETES_UNAUTHORIZED"],
    [403, "EDGE_KUBERNETES_FORBIDDEN"],
    [404, "EDGE_KUBERNETES_NOT_FOUND"],
    [409, "EDGE_KUBERNETES_CONFLICT"],
    [410, "EDGE_KUBERNETES_GONE"],
    [429, "EDGE_KUBERNETES_THROTTLED"],
    [422, "EDGE_KUBERNETES_INVALID"],
    [503, "EDGE_KUBERNETES_FAILED"],
    [302, "EDGE_KUBERNETES_FAILED"],
  ])("makes of status %d the error %s, which names the call", async (status, code) => {
    answer = (_, response) => response.writeHead(status, { location: "/" }).end("not JSON");
    const error = await failure();
    expect(error).toMatchObject({ code });
    expect(String(error)).toContain(`get ${get.path}`);
  });

  it("names refused fields, and neither their values nor the token", async () => {
    const message = `secret-value ${token}`;
    const causes = [{ field: "spec.x", reason: "FieldValueInvalid", message }];
    answer = (_, response) => response.writeHead(422).end(JSON.stringify({ message, details: { causes } }));
    const error = await failure();
    expect(String(error)).toContain("spec.x (FieldValueInvalid)");
    expect(JSON.stringify(error) + String(error)).not.toMatch(/secret-value|canary/);
  });

  it("tells what an installation's own admission policy has against it, and nothing of others'", async () => {
    const refused = (policy: string) =>
      `x is forbidden: ValidatingAdmissionPolicy '${policy}' with binding '${policy}' denied request: ${policy === "others" ? "secret-value" : "no"}`;
    answer = (_, response) => response.writeHead(422).end(JSON.stringify({ message: refused("iotedge-a-b") }));
    expect(String(await failure())).toContain("no (admission policy iotedge-a-b)");
    answer = (_, response) => response.writeHead(422).end(JSON.stringify({ message: refused("others") }));
    const error = await failure();
    expect(error).toMatchObject({ code: "EDGE_KUBERNETES_DENIED" });
    expect(String(error)).toContain("admission policy others refuses the object of get");
    expect(String(error)).not.toContain("secret-value");
  });

  it("names the webhook that refuses, with any status, and nothing of what it says", async () => {
    const message = 'admission webhook "no.example.com" denied the request: secret-value';
    for (const status of [400, 403, 418]) {
      answer = (_, response) => response.writeHead(status).end(JSON.stringify({ message }));
      const error = await failure();
      expect(error).toMatchObject({ code: "EDGE_KUBERNETES_DENIED" });
      expect(String(error)).toContain(
        `admission webhook no.example.com refuses the object of get ${get.path} (${status})`,
      );
      expect(JSON.stringify(error) + String(error)).not.toContain("secret-value");
    }
  });

  it("gives up on an answer that does not come", async () => {
    answer = () => {};
    expect(await failure(hasty)).toMatchObject({ code: "EDGE_KUBERNETES_TIMEOUT" });
  });

  it("gives up on an answer that does not end", async () => {
    answer = (_, response) => response.write('{"kind":');
    expect(await failure(hasty)).toMatchObject({ code: "EDGE_KUBERNETES_TIMEOUT" });
  });

  it.each(["a call", "a stream"])("gives up %s in time where not even the TLS handshake is answered", async (what) => {
    const silent = createTcpServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
    const to = `https://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromClusterAndUser({ name: "c", server: to, skipTLSVerify: true }, { name: "u", token });
    const lost = createApiClient({ kubeConfig, timeoutMilliseconds: 500 });
    // Half of what the connection alone may take.
    const late = sleep(5000, "too late", { ref: false });
    const calling = what === "a call" ? lost.call(get) : lost.stream({ ...get, signal: AbortSignal.timeout(500) });
    const outcome = await Promise.race([calling.catch((error: unknown) => error), late]);
    expect(outcome).toMatchObject({ code: expect.stringMatching(/^EDGE_KUBERNETES_(TIMEOUT|UNREACHABLE)$/) });
    await lost.close();
    silent.close();
  });

  it("tells an API server that is not there from one that is slow", async () => {
    await new Promise((resolve) => server.close(resolve));
    const error = await failure();
    expect(error).toMatchObject({ code: "EDGE_KUBERNETES_UNREACHABLE" });
    expect(String(error)).toContain("ECONNREFUSED");
  });

  it("takes an answer that is not JSON for a failure of the server", async () => {
    answer = (_, response) => response.end("<html>");
    expect(await failure()).toMatchObject({ code: "EDGE_KUBERNETES_FAILED" });
  });
});

it("streams an answer for longer than a call may take", async () => {
  answer = (_, response) => {
    response.write("one\n");
    setTimeout(() => response.end("two\n"), 1500);
  };
  const stopping = new AbortController();
  const chunks: string[] = [];
  for await (const chunk of await hasty.stream({ ...get, verb: "watch", signal: stopping.signal })) {
    chunks.push(Buffer.from(chunk).toString());
  }
  expect(chunks.join("")).toBe("one\ntwo\n");
});

it("leaves nothing of a request that is done with the signal that could have ended it", async () => {
  answer = (_request, response) => response.end("done");
  const { signal } = new AbortController();
  for (let request = 0; request < 3; request++)
    for await (const _ of await client.stream({ ...get, verb: "watch", signal }));
  expect(getEventListeners(signal, "abort")).toEqual([]);
});

it("refuses a stream that the server refuses", async () => {
  answer = (_, response) => response.writeHead(410).end();
  await expect(client.stream(get)).rejects.toMatchObject({ code: "EDGE_KUBERNETES_GONE" });
});
