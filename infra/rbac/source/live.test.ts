import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readLiveCluster } from "./live.ts";

let answer = { status: 200, body: "" };
const server = createServer((_request, response) => {
  response.writeHead(answer.status, { "content-type": "application/json" }).end(answer.body);
});
const config = new KubeConfig();

beforeAll(async () => {
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  config.loadFromClusterAndUser(
    { name: "c", server: `http://127.0.0.1:${port}`, skipTLSVerify: true },
    { name: "u", token: "token" },
  );
});
afterAll(() => server.close());

describe("a cluster that does not tell its roles", () => {
  it.each([
    [401, "Unauthorized", "Unauthorized (HTTP 401)"],
    [403, 'clusterroles is forbidden: User \\"u\\" cannot list', 'User "u" cannot list (HTTP 403)'],
  ])("is told of by what it answers, here %i", async (status, message, told) => {
    answer = { status, body: `{"kind":"Status","message":"${message}"}` };
    const reading = readLiveCluster(config);
    await expect(reading).rejects.toMatchObject({
      code: "EDGE_RBAC_CLUSTER_UNREACHABLE",
      message: expect.stringContaining(told),
      remedy: expect.stringContaining("'kubectl --context loaded-context get clusterroles'"),
    });
    await expect(reading).rejects.not.toMatchObject({ message: expect.stringContaining("token") });
  });
});
