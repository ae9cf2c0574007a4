import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import type { KubernetesObject, RenderedObject } from "./kubernetes-object.ts";
import { manifestFileName, writeManifestDirectory } from "./manifest-directory.ts";
import { compareObjects } from "./order.ts";
import { formatJson, formatYaml, toManifest } from "./shown-objects.ts";
import { unknownValue } from "./values.ts";

const object = (kind: string, name: string, namespace?: string, more: object = {}): KubernetesObject => ({
  apiVersion: "v1",
  kind,
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  ...more,
});
const rendered = (value: KubernetesObject, more: Partial<RenderedObject> = {}): RenderedObject => ({
  urn: "urn",
  object: value,
  secrets: [],
  unknowns: [],
  ...more,
});

describe("toManifest", () => {
  const secretObject = object("Secret", "s", "a", { type: "Opaque", data: { a: "QQ==" }, stringData: { b: "B" } });

  test("hides all data of a Secret, in a way that the API server refuses", () => {
    expect(toManifest(rendered(secretObject))).toEqual({
      ...object("Secret", "s", "a", { type: "Opaque" }),
      data: { a: "(secret)", b: "(secret)" },
    });
  });

  test("shows it on demand", () => {
    expect(toManifest(rendered(secretObject), { showSecrets: true })).toEqual(secretObject);
  });

  test("hides secrets elsewhere, and marks what is unknown", () => {
    const thing = object("Thing", "t", "a", { spec: { token: "s", later: unknownValue, open: 1 } });
    const options = { secrets: [["spec", "token"]], unknowns: [["spec", "later"]] };
    expect(toManifest(rendered(thing, options)).spec).toEqual({
      token: "(secret)",
      later: "(known after deployment)",
      open: 1,
    });
  });
});

test("YAML and JSON give back the objects", async () => {
  const text = fc.string({ unit: "grapheme" });
  const objects = fc.array(
    fc
      .record({ name: text, data: fc.dictionary(text, text) })
      .map(({ name, data }) => object("ConfigMap", name, "a", { data })),
  );
  await fc.assert(
    fc.asyncProperty(objects, async (list) => {
      expect(JSON.parse(formatJson(list))).toEqual({ apiVersion: "v1", kind: "List", items: list });
      const documents = list.length === 0 ? [] : parseAllDocuments(await formatYaml(list));
      expect(documents.map((document) => document.toJS())).toEqual(list);
    }),
  );
});

test("the order of installation does not depend on the order of declaration", () => {
  const list = [
    object("Deployment", "iotedged", "a"),
    object("ConfigMap", "b", "a"),
    object("Thing", "t", "a"),
    object("ConfigMap", "a", "b"),
    object("ServiceAccount", "iotedged", "a"),
    object("Namespace", "a"),
    object("ConfigMap", "a", "a"),
  ];
  const expected = ["Namespace/a", "ServiceAccount/iotedged", "ConfigMap/a", "ConfigMap/b", "ConfigMap/a"];
  expected.push("Deployment/iotedged", "Thing/t");
  fc.assert(
    fc.property(fc.shuffledSubarray(list, { minLength: list.length }), (shuffled) => {
      expect(shuffled.toSorted(compareObjects).map((item) => `${item.kind}/${item.metadata.name}`)).toEqual(expected);
    }),
  );
});

describe("writeManifestDirectory", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "edge-manifests-"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  test("writes one file per object in the order of installation, Secrets for the owner alone", async () => {
    const binding = object("ClusterRoleBinding", "iotedge:a:auth-delegator");
    const { written } = await writeManifestDirectory(directory, [object("Secret", "s", "a"), binding]);
    expect(written).toEqual(["07-secret_a_s.yaml", "13-clusterrolebinding_iotedge..a..auth-delegator.yaml"]);
    expect((await stat(join(directory, "07-secret_a_s.yaml"))).mode & 0o777).toBe(0o600);
    expect(await readFile(join(directory, written[1] ?? ""), "utf8")).toContain("name: iotedge:a:auth-delegator");
  });

  test("removes what it wrote before, and nothing else", async () => {
    await writeManifestDirectory(directory, [object("ConfigMap", "a", "x"), object("ConfigMap", "b", "x")]);
    await writeFile(join(directory, "kustomization.yaml"), "resources: []");
    const { removed } = await writeManifestDirectory(directory, [object("ConfigMap", "b", "x")]);
    expect(removed).toEqual(["08-configmap_x_a.yaml"]);
    const files = await readdir(directory);
    expect(files.sort()).toEqual([".edgectl-manifests", "08-configmap_x_b.yaml", "kustomization.yaml"]);
  });

  test("leaves no file that kubectl would take for a manifest, and goes on from the one that it left once", async () => {
    const former = join(directory, ".edgectl-manifests.json");
    await writeFile(former, JSON.stringify(["08-configmap_x_a.yaml"]));
    await writeFile(join(directory, "08-configmap_x_a.yaml"), "x");
    const { removed } = await writeManifestDirectory(directory, [object("ConfigMap", "b", "x")]);
    expect(removed).toEqual(["08-configmap_x_a.yaml"]);
    const manifests = (await readdir(directory)).filter((file) => /\.(json|ya?ml)$/.test(file));
    expect(manifests).toEqual(["08-configmap_x_b.yaml"]);
  });

  test("a forged index cannot name files elsewhere", async () => {
    const victim = join(directory, "victim.yaml");
    await writeFile(victim, "x");
    await writeFile(join(directory, ".edgectl-manifests.json"), JSON.stringify(["../victim.yaml", "victim.yaml", 1]));
    await writeManifestDirectory(directory, []);
    expect(await readFile(victim, "utf8")).toBe("x");
  });

  test("makes the directory, and says where it cannot be made", async () => {
    const inner = join(directory, "a", "b");
    await writeManifestDirectory(inner, [object("ConfigMap", "a", "x")]);
    expect(await readdir(inner)).toContain("08-configmap_x_a.yaml");
    const file = join(directory, "file");
    await writeFile(file, "");
    await expect(writeManifestDirectory(join(file, "c"), [])).rejects.toMatchObject({ code: "EEXIST" });
    // Takes no entries, and says so by ENOENT.
    await expect(writeManifestDirectory("/proc/manifests", [])).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("file names of different objects differ", () => {
    expect(manifestFileName(object("Role", "a-b", "c"))).not.toBe(manifestFileName(object("Role", "b", "c-a")));
  });
});
