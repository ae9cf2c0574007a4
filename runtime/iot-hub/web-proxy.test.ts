import { createSecretKey } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { key, useInstallation } from "../../test/iot-hub/test/installation.ts";
import { type ConnectProxy, startConnectProxy } from "../../test/support/connect-proxy.ts";
import { waitFor } from "../../test/support/wait-for.ts";
import { createDeviceConnections } from "./https/device-caller.ts";
import { createDeviceRegistry } from "./https/device-registry.ts";
import { connectHttps } from "./https/hub-agent.ts";
import { type Link, type LinkOptions, openLink } from "./mqtt/link.ts";
import { proxyFor } from "./web-proxy.ts";

const installation = useInstallation();
let proxy: ConnectProxy;
let links: Link[];

beforeEach(async () => {
  links = [];
  const { ports } = installation();
  proxy = await startConnectProxy((target) => ({ "hub.test:443": ports.https })[target]);
});
afterEach(async () => {
  for (const link of links) await link.end();
  await proxy.close();
});

const way = () => ({ url: proxy.url, exceptions: [] });
const signal = new AbortController().signal;

function* endless() {
  for (;;) yield Buffer.alloc(64, "x");
}

/** A proxy that answers each connection in a way of its own. */
async function listen(answer: (socket: Socket) => void) {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on("error", () => {}).resume());
    answer(socket);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, sockets, close: () => void server.close() };
}

async function open(more: Partial<LinkOptions> = {}, ending = signal): Promise<Link> {
  const { fake, token } = installation();
  const link = await openLink(
    {
      ...{ host: "hub.test", clientId: "d1/m1", trustedCas: [fake.caPem], webSocket: true },
      username: "hub.test/d1/m1/?api-version=2021-04-12",
      password: token("devices/d1/modules/m1"),
      ...more,
    },
    ending,
  );
  links.push(link);
  return link;
}

const isConnected = () => installation().hub.connections.get("d1/m1") !== undefined;

describe("MQTT over a WebSocket", () => {
  it("reaches the hub at the port of HTTPS, and has its answers", async () => {
    const link = await open({ address: "127.0.0.1", port: installation().ports.https });
    const answer = new Promise((resolve) => {
      link.onMessage = (topic) => resolve(topic);
    });
    await link.subscribe(["$iothub/twin/res/#"]);
    link.publish("$iothub/twin/GET/?$rid=1", "");
    expect(await answer).toBe("$iothub/twin/res/200/?$rid=1");
    expect(proxy.asked).toEqual([]);
  });

  it("goes through a proxy", async () => {
    await open({ proxy: way() });
    expect(isConnected()).toBe(true);
    expect(proxy.asked).toEqual(["hub.test:443"]);
  });

  it("is told what the proxy or the hub refuses", async () => {
    await expect(open({ proxy: way(), host: "other.test" })).rejects.toMatchObject({
      ...{ code: "EDGE_HUB_CONNECTION_FAILED", message: expect.stringContaining("443") },
    });
    await expect(open({ proxy: way(), trustedCas: [] })).rejects.toMatchObject({ code: "EDGE_HUB_CONNECTION_FAILED" });
    await expect(open({ proxy: way(), password: "wrong" })).rejects.toMatchObject({
      code: "EDGE_HUB_CONNECTION_UNAUTHORIZED",
    });
  });

  it.each([
    ["nothing", () => {}],
    ["without end", (socket: Socket) => void Readable.from(endless()).pipe(socket)],
  ])("leaves no connection at a proxy that answers %s", async (_, answer) => {
    const { url, sockets, close } = await listen(answer);
    const attempt = new AbortController();
    const opening = open({ proxy: { url, exceptions: [] } }, attempt.signal);
    const socket = await waitFor("the connection", () => sockets[0], 10);
    attempt.abort();
    await expect(opening).rejects.toThrow();
    await waitFor("the end of the connection", () => socket.destroyed || undefined, 10);
    close();
  });

  it("tells little of what a proxy says in its place", async () => {
    const answer = `HTTP/1.1 200 OK\r\n${"x".repeat(50_000)}\r\n\r\n`;
    const { url, close } = await listen((socket) => void socket.end(answer));
    const { message } = await open({ proxy: { url, exceptions: [] } }).catch((error) => error);
    expect(message).toContain("Invalid header");
    expect(message.length).toBeLessThan(500);
    close();
  });

  it("learns that the hub has ended it", async () => {
    const link = await open({ proxy: way() });
    installation().hub.disconnectAll("test");
    expect(await link.ended).toEqual(expect.any(String));
  });
});

describe("HTTPS through a proxy", () => {
  const registry = (by = way(), connect = connectHttps) =>
    createDeviceRegistry({
      ...{ hubHostname: "hub.test", deviceId: "d1" },
      credentials: () => [{ type: "key", key: createSecretKey(Buffer.from(key(1), "base64")) }],
      connections: createDeviceConnections(connect, { ca: [installation().fake.caPem], proxy: by }),
      ...{ clock: installation().clock, ending: signal, onAnswer: () => {} },
    });

  it("reaches the hub, whose TLS the proxy has no part in", async () => {
    expect(await registry().list()).toHaveProperty("value");
    expect(proxy.asked).toEqual(["hub.test:443"]);
  });

  it.each([
    ["nothing", ""],
    ["CONNECT, and then nothing", "HTTP/1.1 200 Connection established\r\n\r\n"],
  ])("leaves a proxy that answers %s, as soon as it would leave such a hub", async (_, answer) => {
    const { url, sockets, close } = await listen((socket) => void socket.write(answer));
    const by = { url, exceptions: [] };
    const hurried = registry(by, (terms) => connectHttps({ ...terms, connectTimeout: 50 }));
    for (let call = 1; call <= 2; call++) {
      expect(await hurried.list()).toMatchObject({ failure: { error: { code: "EDGE_HUB_AWAY" } } });
      // Each call tries anew, and waits for none before it.
      expect(sockets).toHaveLength(call);
      await waitFor("the end of the connection", () => sockets.at(-1)?.destroyed || undefined, 10);
    }
    close();
  });

  it("tells a proxy that does not help from a hub that refuses", async () => {
    await proxy.close();
    proxy = await startConnectProxy(() => undefined);
    expect(await registry().list()).toMatchObject({ failure: { kind: "away", error: { code: "EDGE_HUB_AWAY" } } });
  });
});

it.each([
  ["hub.test", [], true],
  ["hub.test", ["hub.test"], false],
  ["myhub.azure-devices.net", [".azure-devices.net"], false],
  ["myhub.azure-devices.net", ["*"], false],
  ["myhub.azure-devices.net", ["other.net", "10.0.0.0/8"], true],
])("%s with exceptions %j: %s", (host, exceptions, isProxied) => {
  expect(proxyFor(host, { url: "http://p:1", exceptions })).toBe(isProxied ? "http://p:1" : undefined);
  expect(proxyFor(host, undefined)).toBeUndefined();
});
