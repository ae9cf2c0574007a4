import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { expect, test } from "vitest";
import { createSender } from "./api-request.ts";
import { loadKubeConfig } from "./kubeconfig.ts";

const get = { method: "GET", path: "/version" } as const;

/** A kubeconfig of a server that nobody listens at; its plugin for credentials fails as often as it is told to. */
function withPlugin(failures: number) {
  const config = new KubeConfig();
  config.loadFromClusterAndUser({ name: "c", server: "http://127.0.0.1:1", skipTLSVerify: false }, { name: "u" });
  let asked = 0;
  config.applyToHTTPSOptions = async () => {
    asked += 1;
    if (asked <= failures) throw new Error("the plugin failed");
  };
  return { config, asked: () => asked };
}

test("credentials are asked for once in a while, not for every request", async () => {
  const { config, asked } = withPlugin(0);
  let clock = 0;
  const send = createSender(config, () => clock);
  await expect(send(get)).rejects.toMatchObject({ code: "EDGE_APPLY_UNREACHABLE" });
  await expect(send(get)).rejects.toThrow("ECONNREFUSED");
  expect(asked()).toBe(1);
  clock += 31_000;
  await expect(send(get)).rejects.toThrow("ECONNREFUSED");
  expect(asked()).toBe(2);
});

test.each([
  [undefined, "`kubectl --context 'a b' get --raw /readyz`"],
  ["/tmp/it's here", "`kubectl --kubeconfig '/tmp/it'\\''s here' --context 'a b' get --raw /readyz`"],
])("what to run where a cluster is not reached asks the same one, with kubeconfig %s", async (named, command) => {
  const folder = await mkdtemp(join(tmpdir(), "edge-kubeconfig-"));
  const file = named === undefined ? join(folder, "config") : join(folder, basename(named));
  const cluster = { server: "http://127.0.0.1:1" };
  const contexts = [{ name: "a b", context: { cluster: "c", user: "u" } }];
  await writeFile(
    file,
    JSON.stringify({ clusters: [{ name: "c", cluster }], users: [{ name: "u", user: {} }], contexts }),
  );
  const name = { context: "a b", ...(named !== undefined && { kubeconfig: file }) };
  const config = await loadKubeConfig(name, { KUBECONFIG: file });
  await rm(folder, { recursive: true });
  await expect(createSender(config)(get)).rejects.toMatchObject({
    remedy: expect.stringContaining(command.replace("/tmp", folder)),
  });
});

test("a plugin that failed is asked again by the next request", async () => {
  const { config } = withPlugin(1);
  const send = createSender(config, () => 0);
  await expect(send(get)).rejects.toThrow("the plugin failed");
  await expect(send(get)).rejects.toThrow("ECONNREFUSED");
});
