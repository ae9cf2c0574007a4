import { once } from "node:events";
import { createServer, type Server } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { shareProxyParts } from "./test/parts.ts";
import { canRunProxy, startProxy } from "./test/proxy.ts";
import { isRefused } from "./test/raw-http.ts";
import { testToken } from "./test/token.ts";

describe.skipIf(!(await canRunProxy()))("a log that EdgeAgent follows", { timeout: 180_000 }, () => {
  const parts = shareProxyParts();
  let server: Server;
  let write: (line: string) => void;
  let end: () => void;
  const tokens: string[] = [];

  beforeAll(async () => {
    server = createServer(await parts.first.issue("localhost"), (request, response) => {
      if (!request.url?.includes("/logs")) return void response.end("{}");
      tokens.push(String(request.headers.authorization));
      response.writeHead(200, { "content-type": "text/plain" });
      write = (line) => void response.write(line);
      end = () => void response.end();
      response.flushHeaders();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
  }, 60_000);
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
  });

  it("arrives line by line, and goes on while the token is renewed and when the proxy is told to end", async () => {
    const { port } = server.address() as AddressInfo;
    const environment = { PROXY_MANAGEMENT: "on" };
    await using proxy = await startProxy(parts.build, {
      upstreamPort: port,
      bundle: parts.first.pem,
      token: testToken("old"),
      environment,
    });
    const socket = connect(proxy.layout.managementPort, "127.0.0.1");
    let received = "";
    socket.setEncoding("utf8").on("data", (text: string) => {
      received += text;
    });
    socket.write("GET /modules/a/logs?follow=true HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    await proxy.until("the head", () => received.includes("200 OK"));
    write("first\n");
    await proxy.until("the first line", () => received.includes("first\n"));
    await proxy.replace("token", testToken("renewed"));
    const accepted = () => proxy.metric('iotedge_proxy_token_changes_total{result="accepted"}');
    await proxy.until("the token was renewed", async () => (await accepted()) === 2);
    write("second\n");
    await proxy.until("the second line", () => received.includes("second\n"));
    const exit = proxy.stop();
    await proxy.until("it is stopping", () => isRefused(proxy.layout.managementPort));
    write("third\n");
    await proxy.until("the third line", () => received.includes("third\n"));
    end();
    await once(socket, "close");
    expect(received.endsWith("0\r\n\r\n")).toBe(true);
    expect(await exit).toBe(0);
    expect(tokens).toEqual([`Bearer ${testToken("old")}`]);
  });
});
