import { mkdir, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { binding, codeOf, role, rule } from "../test/sources.ts";
import { openSource } from "./open.ts";
import { parseText } from "./text/parse-text.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "edge-sources-"));
});
afterAll(() => rm(folder, { recursive: true }));

const manifest = role("r", `[${rule("get", "pods")}]`) + binding("b", "ClusterRole/r", ["sa:ns/bot"]);

/** 34 verbs on 34 resources of 34 names. */
function wideRule(stem: number): string {
  const words = (letter: string) => Array.from({ length: 34 }, (_, index) => `${letter}${index}`).join(" ");
  return rule(words("v"), words("r"), `g${stem}`, words("n"));
}

async function open(name: string, text: string) {
  const file = join(folder, name);
  await writeFile(file, text);
  return openSource(file, { projectDirectory: folder });
}

describe("manifests", () => {
  it("are read from files, folders, lists and JSON alike", async () => {
    const deep = join(folder, "tree", "deep");
    await mkdir(deep, { recursive: true });
    await writeFile(join(deep, "a.yaml"), manifest);
    await mkdir(join(folder, "tree", ".git"));
    await writeFile(join(folder, "tree", ".git", "a.yaml"), "{{ broken");
    const whole = await openSource(join(folder, "tree"), { projectDirectory: folder });
    const items = parseText(manifest, "x").map(({ content }) => content);
    const list = await open("list.json", JSON.stringify({ apiVersion: "v1", kind: "List", items }));
    const names = (source: typeof whole) => source.clusters[0]?.roles.map(({ name, rules }) => [name, rules]);
    expect(names(whole)).toHaveLength(1);
    expect(names(list)).toEqual(names(whole));
    expect(whole.clusters[0]?.bindings[0]?.origin).toEqual({ file: join(deep, "a.yaml"), line: 7 });
  });
  it("take the kind of items from a typed list", async () => {
    const typed = {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleList",
      items: [{ metadata: { name: "r" }, rules: [] }],
    };
    expect((await open("typed.json", JSON.stringify(typed))).clusters[0]?.roles).toHaveLength(1);
  });

  it("are read from hidden files of a folder as well, as kubectl does", async () => {
    const hidden = join(folder, "hidden", ".ci");
    await mkdir(hidden, { recursive: true });
    await writeFile(join(hidden, ".a.yaml"), manifest);
    const source = await openSource(join(folder, "hidden"), { projectDirectory: folder });
    expect(source.clusters[0]?.bindings).toHaveLength(1);
  });

  it.each([
    [
      "aliases that multiply",
      `a: &a [x]\n${"bcdefgh".split("").reduce((text, key, i) => `${text}${key}: &${key} [${Array(30).fill(`*${"abcdefgh"[i]}`).join(",")}]\n`, "")}`,
      /^EDGE_RBAC_DOCUMENT_EXCESSIVE .*:4: the document repeats too much of itself/,
    ],
    [
      "a list that contains itself",
      "kind: List\nitems: &a\n- {kind: List, items: *a}\n",
      /^EDGE_RBAC_DOCUMENT_EXCESSIVE .*:3: .* contains itself/,
    ],
    ["YAML that is nested too deep", "[".repeat(100_000), /^EDGE_RBAC_DOCUMENT_EXCESSIVE .*:1: nesting exceeded/],
    ["JSON that is nested too deep", `{"a":${"[".repeat(100_000)}`, /^EDGE_RBAC_DOCUMENT_EXCESSIVE .* 1000 deep/],
    [
      "rules whose lists multiply",
      `v: &v [${Array.from({ length: 40 }, (_, index) => `x${index}`)}]\n${role("r", "[{apiGroups: *v, resources: *v, verbs: *v}]").replace("---\n", "")}`,
      /^EDGE_RBAC_DOCUMENT_EXCESSIVE .*: the lists of ClusterRole r multiply to 64000 permissions/,
    ],
    [
      "many roles whose lists multiply",
      Array.from({ length: 6 }, (_, index) => role(`r${index}`, `[${wideRule(index)}]`)).join(""),
      /^EDGE_RBAC_DOCUMENT_EXCESSIVE .*: the roles up to ClusterRole r5 have 235824 permissions/,
    ],
    ["no object", "# nothing\n", /^EDGE_RBAC_SOURCE_EMPTY /],
    [
      "two objects of one name",
      manifest + role("r", `[${rule("*", "pods")}]`),
      /^EDGE_RBAC_OBJECT_DUPLICATE ClusterRole r stands in .*:2 and, different, in /,
    ],
  ])("refuse %s", async (_, text, expected) => {
    expect(await codeOf(open("bad.yaml", text))).toMatch(expected);
  });
  it("give advice for either side where they hold no object", async () => {
    await expect(open("bad.yaml", "# nothing\n")).rejects.toMatchObject({
      remedy: expect.not.stringContaining("base"),
    });
  });
  it("refuse a file of more than 50 MB without reading it", async () => {
    const file = join(folder, "huge.yaml");
    await writeFile(file, "");
    await truncate(file, 51 * 1024 * 1024);
    expect(await codeOf(openSource(file, { projectDirectory: folder }))).toMatch(
      /^EDGE_RBAC_FILE_TOO_LARGE .* 51 MB; files of up to 50 MB/,
    );
  });
  it("refuse names that are no source", async () => {
    for (const name of ["nowhere.yaml", "tar:chart", "preview:"])
      expect(await codeOf(openSource(name, { projectDirectory: folder }))).toMatch(/^EDGE_RBAC_SOURCE_UNKNOWN /);
  });
  it("refuse a kubeconfig that is missing or damaged without quoting it, and a context that it has not", async () => {
    const kubeconfig = join(folder, "kubeconfig");
    const failure = (env: NodeJS.ProcessEnv) =>
      codeOf(openSource("context:factory", { projectDirectory: folder, env: { KUBECONFIG: kubeconfig, ...env } }));
    expect(await failure({})).toMatch(/^EDGE_APPLY_KUBECONFIG .*there is no such file/);
    await writeFile(kubeconfig, 'users: [{name: u, user: {client-key-data: "topsecret\n');
    expect(await failure({})).toMatch(/^EDGE_APPLY_KUBECONFIG .*it is no valid kubeconfig$/);
    await writeFile(kubeconfig, "apiVersion: v1\nkind: Config\ncontexts: []\nclusters: []\nusers: []\n");
    expect(await failure({})).toMatch(/^EDGE_APPLY_CONTEXT_MISSING /);
  });
  it("either read any text or refuse it with a code", () => {
    const yamlish = fc.stringMatching(/^[-a-z:{}[\]&*"' \n]{0,60}$/);
    const property = fc.property(yamlish, (text) => {
      try {
        parseText(text, "x");
      } catch (error) {
        expect(error).toMatchObject({
          code: expect.stringMatching(/^EDGE_RBAC_(SYNTAX|DOCUMENT_EXCESSIVE)$/),
          message: expect.stringMatching(/^x:\d+(:\d+)?: /),
        });
      }
    });
    fc.assert(property, { numRuns: 500 });
  });
});
