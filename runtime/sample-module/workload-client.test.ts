import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { workloadClient } from "./workload-client.ts";

let server: Server | undefined;
afterEach(() => server?.close());

async function clientOf(listener: RequestListener) {
  server = createServer(listener);
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return workloadClient({
    IOTEDGE_WORKLOADURI: `http://127.0.0.1:${port}/`,
    IOTEDGE_MODULEID: "$edgeHub",
    IOTEDGE_MODULEGENERATIONID: "g/1",
    IOTEDGE_APIVERSION: "2020-07-07",
  });
}

describe("workloadClient", () => {
  it("escapes the module id and the generation in the path", async () => {
    let seen = "";
    const client = await clientOf((request, response) => {
      seen = `${request.method} ${request.url}`;
      response.end(JSON.stringify({ digest: "ZA==" }));
    });
    expect(await client.sign("x")).toBe("ZA==");
    expect(seen).toBe("POST /modules/%24edgeHub/genid/g%2F1/sign?api-version=2020-07-07");
  });

  it("fails with the status and the answer's text", async () => {
    const client = await clientOf((_request, response) => response.writeHead(503).end("no token"));
    await expect(client.sign("x")).rejects.toThrow("503 no token");
  });

  it("asks whether another module signed", async () => {
    let seen = "";
    const client = await clientOf((request, response) => {
      seen = `${request.method} ${request.url}`;
      response.end(JSON.stringify({ verified: true }));
    });
    expect(await client.verify("a/b", "x", Buffer.alloc(32))).toBe(true);
    expect(seen).toBe("POST /modules/a%2Fb/verify?api-version=2020-07-07");
  });

  it("names the variable that is missing", () => {
    expect(() => workloadClient({})).toThrow("IOTEDGE_WORKLOADURI is not set");
  });
});
