import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadKubeConfig } from "./kubeconfig.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "edge-kubeconfig-"));
  await write("a", "a");
  await write("b", "b");
  await writeFile(join(folder, "damaged"), 'users: [{name: u, user: {client-key-data: "topsecret\n');
});
afterAll(() => rm(folder, { recursive: true }));

/** As kubeadm writes them: only the context has a name of its own. */
function write(file: string, name: string): Promise<void> {
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "kubernetes", cluster: { server: `https://${name}.example` } }],
    users: [{ name: "kubernetes-admin", user: { token: name } }],
    contexts: [
      { name, context: { cluster: "kubernetes", user: "kubernetes-admin" } },
      { name: "same", context: { cluster: "kubernetes", user: "kubernetes-admin" } },
    ],
  };
  return writeFile(join(folder, file), JSON.stringify(config));
}

const load = (context: string, ...files: readonly string[]) =>
  loadKubeConfig({ context }, { KUBECONFIG: files.map((file) => join(folder, file)).join(":") });

describe("a KUBECONFIG of several files", () => {
  test("counts as for kubectl where two files use one name: the first has it", async () => {
    const config = await load("b", "a", "b");
    expect(config.getCurrentCluster()?.server).toBe("https://a.example");
    expect(config.getCurrentUser()?.token).toBe("a");
    expect(config.getContexts().map(({ name }) => name)).toEqual(["a", "same", "b"]);
  });

  test("may name files that are missing, but not only such", async () => {
    expect((await load("b", "missing", "b")).getCurrentCluster()?.server).toBe("https://b.example");
    await expect(load("b", "missing", "lost")).rejects.toMatchObject({ code: "EDGE_APPLY_KUBECONFIG" });
  });
});

test("a kubeconfig that is named is one file, as for kubectl: its name may have a colon", async () => {
  await write("plant:3", "p");
  const config = await loadKubeConfig({ context: "p", kubeconfig: join(folder, "plant:3") }, {});
  expect(config.getCurrentCluster()?.server).toBe("https://p.example");
});

test("a damaged file is told by its name alone, as it holds keys", async () => {
  const failure = load("a", "damaged");
  await expect(failure).rejects.toMatchObject({ code: "EDGE_APPLY_KUBECONFIG" });
  await expect(failure).rejects.not.toThrow("topsecret");
});

test("a context that no file has is told with those that there are", async () => {
  await expect(load("elsewhere", "a", "b")).rejects.toMatchObject({
    code: "EDGE_APPLY_CONTEXT_MISSING",
    remedy: expect.stringContaining("a, same, b"),
  });
});
