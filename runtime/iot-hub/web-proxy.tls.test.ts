import { createSecretKey } from "node:crypto";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createTestCa } from "../../test/fakes/test-ca.ts";
import { key, useInstallation } from "../../test/iot-hub/test/installation.ts";
import { type ConnectProxy, startConnectProxy } from "../../test/support/connect-proxy.ts";
import { serverCertificate } from "../../test/support/server-certificate.ts";
import { createDeviceConnections } from "./https/device-caller.ts";
import { createDeviceRegistry } from "./https/device-registry.ts";
import { connectHttps } from "./https/hub-agent.ts";
import { openLink } from "./mqtt/link.ts";

const installation = useInstallation();
const hour = 3_600_000;
const { signal } = new AbortController();
let proxy: ConnectProxy;
let proxyCa: string;

beforeEach(async () => {
  const { ports } = installation();
  const dates = { notBefore: Date.now() - hour, notAfter: Date.now() + hour };
  const ca = await createTestCa({ name: "CA of a proxy", ...dates });
  proxyCa = ca.certificatePem;
  proxy = await startConnectProxy((target) => ({ "hub.test:443": ports.https })[target], {
    tls: await serverCertificate(ca),
  });
});
afterEach(() => proxy.close());

const way = () => ({ url: proxy.url, exceptions: [] });
const hubCa = () => installation().fake.caPem;

it("has MQTT over a WebSocket go through a proxy that is reached by TLS, where its CA is known", async () => {
  const open = (trustedCas: readonly string[]) =>
    openLink(
      {
        ...{ host: "hub.test", clientId: "d1/m1", webSocket: true, proxy: way(), trustedCas },
        ...{ username: "hub.test/d1/m1/?api-version=2021-04-12" },
        password: installation().token("devices/d1/modules/m1"),
      },
      signal,
    );
  const link = await open([hubCa(), proxyCa]);
  expect(installation().hub.connections.get("d1/m1")).toBeDefined();
  await link.end();
  await expect(open([hubCa()])).rejects.toMatchObject({ code: "EDGE_HUB_CONNECTION_FAILED" });
  expect(proxy.asked).toEqual(["hub.test:443"]);
});

it("has HTTPS go through it as well", async () => {
  const list = (ca: readonly string[]) =>
    createDeviceRegistry({
      ...{ hubHostname: "hub.test", deviceId: "d1" },
      credentials: () => [{ type: "key", key: createSecretKey(Buffer.from(key(1), "base64")) }],
      connections: createDeviceConnections(connectHttps, { ca, proxy: way() }),
      ...{ clock: installation().clock, ending: signal, onAnswer: () => {} },
    }).list();
  expect(await list([hubCa(), proxyCa])).toHaveProperty("value");
  expect(await list([hubCa()])).toMatchObject({ failure: { kind: "untrusted" } });
  expect(proxy.asked).toEqual(["hub.test:443"]);
});
