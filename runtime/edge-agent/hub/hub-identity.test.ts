import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { sasSignature } from "../../../test/iot-hub/sas-token.ts";
import { readHubIdentity } from "./hub-identity.ts";

const key = Buffer.alloc(32, 7);
const ready = { moduleId: "$edgeAgent", generationId: "g 1", state: "ready" };
const since = "2026-11-30T12:00:00Z";
const connected = { hubHostname: "hub.test", deviceId: "d1", state: "connected", since, identities: [ready] };

let server: Server;
let asked: string[];
let hub: { status: number; body: object };

beforeEach(async () => {
  asked = [];
  hub = { status: 200, body: connected };
  server = createServer(async (request, response) => {
    asked.push(`${request.method} ${request.url}`);
    if (request.url?.startsWith("/hub?")) {
      response.writeHead(hub.status).end(JSON.stringify(hub.body));
      return;
    }
    const { keyId, algo, data } = JSON.parse((await request.toArray()).join(""));
    expect([keyId, algo]).toEqual(["primary", "HMACSHA256"]);
    const [resource = "", expiry = ""] = Buffer.from(data, "base64").toString().split("\n");
    response.end(JSON.stringify({ digest: sasSignature(key, resource, expiry) }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

function read() {
  const uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return readHubIdentity({ managementUri: uri, workloadUri: uri, generationId: "g 1" });
}

it("learns the hub from iotedged, and has it sign", async () => {
  const identity = await read();
  expect(identity).toMatchObject({ hubHostname: "hub.test", deviceId: "d1" });
  const token = await identity.token("hub.test%2Fdevices", 1_893_456_000);
  const signature = encodeURIComponent(sasSignature(key, "hub.test%2Fdevices", 1_893_456_000));
  expect(token).toBe(`SharedAccessSignature sr=hub.test%2Fdevices&sig=${signature}&se=1893456000`);
  expect(asked).toEqual([
    "GET /hub?api-version=2020-07-07",
    "POST /modules/%24edgeAgent/genid/g%201/sign?api-version=2020-07-07",
  ]);
});

it.each<[string, { status: number; body: object }, string]>([
  ["is away", { status: 503, body: { message: "try again" } }, "it answers 503: try again"],
  ["knows no hub", { status: 200, body: {} }, "it does not tell the hub"],
  [
    "has not made the identity",
    {
      status: 200,
      body: {
        ...connected,
        identities: [],
        problem: { code: "EDGE_HUB_KEY_REFUSED", message: "hub.test refuses device d1" },
      },
    },
    "the hub does not have EdgeAgent's key yet: hub.test refuses device d1",
  ],
  [
    "has been refused it, as for a device that is none of IoT Edge",
    { status: 200, body: { ...connected, identities: [{ ...ready, state: "refused" }] } },
    "the hub does not have EdgeAgent's key yet: it refuses that identity, as where the device is none of IoT Edge",
  ],
  [
    "has given the hub the key of another generation",
    { status: 200, body: { ...connected, identities: [{ ...ready, generationId: "g 0" }] } },
    "the hub does not have EdgeAgent's key yet",
  ],
])("does not connect while iotedged %s", async (_, answer, reason) => {
  hub = answer;
  await expect(read()).rejects.toMatchObject({
    code: "EDGE_AGENT_HUB_IDENTITY",
    message: expect.stringContaining(reason),
  });
});
