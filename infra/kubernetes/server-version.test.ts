import { expect, it } from "vitest";
import { isBelow, minorOf, oldestKubernetes, requireSupportedServer } from "./server-version.ts";

const target = { context: "plant", server: "https://10.0.0.1:6443" };
const answering = (status: number, body: unknown) => async () => ({ status, body }) as never;

it.each([
  ["v1.36.3", { major: 1, minor: 36 }],
  ["v1.30.14+k3s1", { major: 1, minor: 30 }],
  ["v1.31.4-eks-aaf1234", { major: 1, minor: 31 }],
  ["v2.0.1", { major: 2, minor: 0 }],
  ["1.30.0", undefined],
  ["", undefined],
])("reads %j", (text, version) => {
  expect(minorOf(text)).toEqual(version);
});

it.each([
  ["v1.29.15", true],
  ["v1.30.0", false],
  ["v1.30.0-alpha.1", false],
  ["v1.36.3", false],
  ["v2.0.0", false],
  ["v0.99.0", true],
])("takes %s for too old: %s", async (gitVersion, isOld) => {
  const required = requireSupportedServer(answering(200, { gitVersion }), target);
  if (!isOld) return expect(await required).toBeUndefined();
  await expect(required).rejects.toMatchObject({
    code: "EDGE_APPLY_CLUSTER_TOO_OLD",
    message: expect.stringContaining(gitVersion),
  });
});

it.each([
  ["hides it", answering(403, {})],
  ["does not tell it", answering(200, {})],
  ["tells what is no version", answering(200, { gitVersion: "x".repeat(10_000) })],
])("lets a server through that %s", async (_, send) => {
  expect(await requireSupportedServer(send, target)).toBeUndefined();
});

it("does not take a server that is away for one that hides its version", async () => {
  await expect(requireSupportedServer(answering(503, {}), target)).rejects.toMatchObject({ code: "EDGE_APPLY_BUSY" });
});

it("supports the oldest version itself", () => {
  expect(isBelow(oldestKubernetes, oldestKubernetes)).toBe(false);
});
