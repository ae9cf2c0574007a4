import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readPlatform } from "./platform.ts";

let server: Server;
let uri: string;
let answer: { status: number; body: string };
let asked: string[];

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.writeHead(answer.status).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

it("asks the management API for the system information", async () => {
  answer = { status: 200, body: '{"osType":"Kubernetes","architecture":"[]","cpus":0}' };
  expect(await readPlatform(uri)).toEqual({ os: "Kubernetes", architecture: "[]" });
  expect(asked).toEqual(["/systeminfo?api-version=2020-07-07"]);
});

it.each([
  ["another status", { status: 503, body: "" }],
  ["no JSON", { status: 200, body: "<html>" }],
  ["another document", { status: 200, body: '{"osType":1}' }],
])("takes %s for a failure", async (_, given) => {
  answer = given;
  await expect(readPlatform(uri)).rejects.toMatchObject({ code: "EDGE_AGENT_SYSTEM_INFO" });
});
