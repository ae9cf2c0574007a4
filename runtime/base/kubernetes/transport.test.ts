import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { KubeConfig } from "@kubernetes/client-node";
import { afterEach, expect, it } from "vitest";
import { createTransport } from "./transport.ts";

const closing: Server[] = [];
afterEach(() => {
  for (const server of closing.splice(0)) server.closeAllConnections();
});

async function listen(server: Server): Promise<string> {
  closing.push(server.listen(0, "127.0.0.1"));
  await new Promise((resolve) => server.once("listening", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function configOf(server: string, proxyUrl?: string): KubeConfig {
  const kubeConfig = new KubeConfig();
  const cluster = { name: "c", server, skipTLSVerify: true, ...(proxyUrl && { proxyUrl }) };
  kubeConfig.loadFromClusterAndUser(cluster, { name: "u", token: "t" });
  return kubeConfig;
}

const get = { method: "GET", path: "/version" } as const;

it("goes through the proxy that the kubeconfig names, and keeps its connections", async () => {
  const ports = new Set<number | undefined>();
  const proxy = createServer((request, response) => {
    ports.add(request.socket.remotePort);
    response.end(`${request.url} ${request.headers.authorization}`);
  });
  const transport = createTransport({ kubeConfig: configOf("http://api.invalid", await listen(proxy)) });
  for (let count = 0; count < 10; count++) {
    const { text } = await transport.send(get, { timeout: 5000 });
    expect(text).toBe("http://api.invalid/version Bearer t");
  }
  expect(ports.size).toBeLessThan(3);
  await transport.close();
});

it("sends texts that the API server's reader of YAML would refuse by their numbers", async () => {
  const server = createServer((request, response) => request.pipe(response));
  const transport = createTransport({ kubeConfig: configOf(await listen(server)) });
  const { text } = await transport.send({ method: "PATCH", path: "/", body: { a: "\u007F\uFFFE" } }, { timeout: 5000 });
  expect(text).toBe('{"a":"\\u007f\\ufffe"}');
  await transport.close();
});

it("tells an answer that is late from a request that was given up", async () => {
  const transport = createTransport({ kubeConfig: configOf(await listen(createServer(() => {}))) });
  await expect(transport.send(get, { timeout: 100 })).rejects.toMatchObject({ name: "NoAnswer", timedOut: true });
  const given = transport.send(get, { timeout: 60_000, signal: AbortSignal.timeout(100) });
  await expect(given).rejects.toMatchObject({ name: "NoAnswer", timedOut: false });
  await transport.close();
});
