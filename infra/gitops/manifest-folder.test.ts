import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { KubernetesObject } from "../render/index.ts";
import { folderFiles } from "./kustomization.ts";
import { writeManifestFolder } from "./manifest-folder.ts";

const owner = "stack plant/berlin";
let directory: string;

beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), "edge-gitops-")), "not/there/yet");
});
afterEach(() => rm(join(directory, "../../.."), { recursive: true }));

const configMap = (name: string, data: Readonly<Record<string, string>> = {}): KubernetesObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "edge-a" },
  data,
});
const write = async (objects: readonly KubernetesObject[], readme = false, by = owner) =>
  writeManifestFolder(directory, by, await folderFiles(objects, { owner: by, readme }));
const contents = async () =>
  Object.fromEntries(
    await Promise.all(
      (await readdir(directory)).map(async (name) => [name, await readFile(join(directory, name), "utf8")] as const),
    ),
  );

describe("the folder of manifests", () => {
  it("has a file for each object and a kustomization of them in their order, and nothing hidden", async () => {
    await write([configMap("b"), configMap("a")], true);
    const files = await contents();
    expect(Object.keys(files).sort()).toEqual([
      "README.md",
      "configmap_edge-a_a.yaml",
      "configmap_edge-a_b.yaml",
      "kustomization.yaml",
    ]);
    expect(files["kustomization.yaml"]).toMatch(
      /resources:\n {2}- configmap_edge-a_b.yaml\n {2}- configmap_edge-a_a.yaml\n$/,
    );
  });

  it("loses what is no longer rendered, and README.md where it is no longer asked for", async () => {
    await write([configMap("a"), configMap("b")], true);
    expect(await write([configMap("b")])).toMatchObject({
      written: ["kustomization.yaml"],
      removed: ["README.md", "configmap_edge-a_a.yaml"],
    });
    expect(Object.keys(await contents()).sort()).toEqual(["configmap_edge-a_b.yaml", "kustomization.yaml"]);
  });

  it("is left alone where nothing has changed", async () => {
    await write([configMap("a")]);
    const before = await stat(join(directory, "kustomization.yaml"));
    expect(await write([configMap("a")])).toMatchObject({ written: [], removed: [] });
    expect((await stat(join(directory, "kustomization.yaml"))).ino).toBe(before.ino);
  });

  it("keeps files of others, copies of its own files under another name among them", async () => {
    await write([configMap("a")]);
    const copy = (await contents())["configmap_edge-a_a.yaml"] ?? "";
    await writeFile(join(directory, "copy.yaml"), copy);
    await writeFile(join(directory, ".sourceignore"), "*.md\n");
    await mkdir(join(directory, "overlay"));
    await write([configMap("b")]);
    expect((await readdir(directory)).sort()).toEqual(
      [".sourceignore", "configmap_edge-a_b.yaml", "copy.yaml", "kustomization.yaml", "overlay"].sort(),
    );
  });

  it.each(["kustomization.yaml", "kustomization.yml", "Kustomization", "configmap_edge-a_a.yaml"])(
    "is refused as a whole where %s is somebody else's",
    async (name) => {
      await mkdir(directory, { recursive: true });
      await writeFile(join(directory, name), "resources: []\n");
      await expect(write([configMap("a")])).rejects.toMatchObject({ code: "EDGE_GITOPS_FOREIGN" });
      expect(await contents()).toEqual({ [name]: "resources: []\n" });
    },
  );

  it("does not write through a symbolic link", async () => {
    await write([configMap("a")]);
    const target = join(directory, "../elsewhere.yaml");
    const file = join(directory, "configmap_edge-a_a.yaml");
    await writeFile(target, await readFile(file, "utf8"));
    await rm(file);
    await symlink(target, file);
    await expect(write([configMap("a", { key: "new" })])).rejects.toMatchObject({ code: "EDGE_GITOPS_FOREIGN" });
  });

  it("is refused to another stack, whose manifests would take the place of these", async () => {
    await write([configMap("a")]);
    const before = await contents();
    await expect(write([configMap("b")], false, "stack plant/paris")).rejects.toMatchObject({
      code: "EDGE_GITOPS_OTHER_OWNER",
      message: expect.stringContaining("stack plant/berlin"),
    });
    expect(await contents()).toEqual(before);
  });

  it("comes right after a run that was cut off before the kustomization", async () => {
    await write([configMap("a")]);
    const files = await folderFiles([configMap("b"), configMap("c")], { owner });
    const [first] = files;
    await writeFile(join(directory, first?.name ?? ""), first?.content ?? "");
    await write([configMap("c")]);
    expect(Object.keys(await contents()).sort()).toEqual(["configmap_edge-a_c.yaml", "kustomization.yaml"]);
  });
});
