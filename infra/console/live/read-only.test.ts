import { expect, test } from "vitest";
import type { SendRequest } from "../../kubernetes/index.ts";
import { readOnly } from "./read-only.ts";

type ApiRequest = Parameters<SendRequest>[0];
const sent: ApiRequest[] = [];
const send = readOnly((async (request: ApiRequest) => {
  sent.push(request);
  return { status: 200, body: {} };
}) as SendRequest);

test("what reads passes, and waits no longer than a page should", async () => {
  await send({ method: "GET", path: "/api/v1/namespaces/edge-a/pods" });
  expect(sent).toEqual([{ method: "GET", path: "/api/v1/namespaces/edge-a/pods", timeout: 10_000 }]);
});

test.each([
  ["POST", "/api/v1/namespaces/edge-a/pods"],
  ["PATCH", "/api/v1/namespaces/edge-a/pods/a"],
  ["DELETE", "/api/v1/namespaces/edge-a/pods/a"],
  ["GET", "/api/v1/secrets"],
  ["GET", "/api/v1/namespaces/edge-a/secrets/iotedged-identity"],
  ["GET", "/api/v1/namespaces/edge-a/%73ecrets"],
] as const)("%s %s does not", async (method, path) => {
  const before = sent.length;
  await expect(send({ method, path })).rejects.toMatchObject({ code: "EDGE_CONSOLE_READ_ONLY" });
  expect(sent).toHaveLength(before);
});
