import { mkdir, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EdgeError } from "#base";
import { binding, role, rule } from "../test/sources.ts";
import { openSource } from "./open.ts";
import { parseText } from "./parse-text.ts";
import { previewSources } from "./preview.ts";
import { readPreviewDocument } from "./preview-document.ts";
import { readSnapshot, writeSnapshot } from "./snapshot.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "edge-sources-"));
});
afterAll(() => rm(folder, { recursive: true }));

const manifest = role("r", `[${rule("get", "pods")}]`) + binding("b", "ClusterRole/r", ["sa:ns/bot"]);

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  return error instanceof EdgeError ? `${error.code} ${error.message}` : String(error);
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
    await writeFile(join(folder, "tree", ".hidden.yaml"), "{{ broken");
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

  it.each([
    ["broken YAML", "a: [1\nb: }", /^EDGE_RBAC_SYNTAX .*:2:\d+: /],
    ["a template", "metadata:\n  name: {{ .Release.Name }}\n", /^EDGE_RBAC_SYNTAX .*:2:\d+: /],
    ["broken JSON", '{"kind": "List",\n "items": [}', /^EDGE_RBAC_SYNTAX .*:2:\d+: /],
    ["a key that stands twice", "kind: Role\nkind: ClusterRole\n", /^EDGE_RBAC_SYNTAX .*:2:1: /],
    [
      "aliases that multiply",
      `a: &a [x]\n${"bcdefgh".split("").reduce((text, key, i) => `${text}${key}: &${key} [${Array(30).fill(`*${"abcdefgh"[i]}`).join(",")}]\n`, "")}`,
      /^EDGE_RBAC_SYNTAX /,
    ],
    ["no object", "# nothing\n", /^EDGE_RBAC_SOURCE_EMPTY /],
    [
      "rules that are no list",
      role("r", "all"),
      /^EDGE_RBAC_OBJECT_INVALID ClusterRole r \(.*:2\): rules must be a list/,
    ],
    ["a verb that is a number", role("r", "[{verbs: [1]}]"), /rules\[0\]\.verbs\[0\] must be a string/],
    [
      "a role without API version",
      manifest.replace("apiVersion: rbac.authorization.k8s.io/v1\n", ""),
      /apiVersion is missing/,
    ],
    ["a ClusterRoleBinding to a Role", binding("b", "Role/r", ["sa:ns/x"]), /roleRef\.kind must be ClusterRole/],
    [
      "two objects of one name",
      manifest + role("r", `[${rule("*", "pods")}]`),
      /^EDGE_RBAC_OBJECT_DUPLICATE ClusterRole r stands in .*:2 and, different, in /,
    ],
  ])("refuse %s", async (_, text, expected) => {
    const file = text.startsWith('{"') ? "bad.json" : "bad.yaml";
    expect(await codeOf(open(file, text))).toMatch(expected);
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
    for (const name of ["nowhere.yaml", "helm:chart", "preview:"])
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
        expect(error).toMatchObject({ code: "EDGE_RBAC_SYNTAX", message: expect.stringMatching(/^x:\d+:\d+: /) });
      }
    });
    fc.assert(property, { numRuns: 500 });
  });
});

describe("previews", () => {
  const stack = { op: "same", urn: "s", oldState: { urn: "s", type: "pulumi:pulumi:Stack", custom: false } };
  const step = (op: string, oldRules?: unknown, newRules?: unknown, urn = "urn::r") => ({
    op,
    urn,
    ...(oldRules === undefined ? {} : { oldState: state(oldRules) }),
    ...(newRules === undefined ? {} : { newState: state(newRules) }),
  });
  const state = (rules: unknown) => ({
    urn: "urn::r",
    custom: true,
    type: "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole",
    inputs: { metadata: { name: "r" }, rules },
  });
  const get = [{ verbs: ["get"], apiGroups: [""], resources: ["pods"] }];
  const digest = (content: object) => JSON.stringify({ steps: [stack], changeSummary: { same: 1 }, ...content });
  const rolesOf = (steps: readonly object[]) => {
    const { base, head } = previewSources(steps as never, "p.json");
    return [base, head].map(({ clusters }) => clusters[0]?.roles.map(({ rules }) => rules.length) ?? []);
  };

  it.each([
    [
      "a failed run",
      digest({ diagnostics: [{ severity: "error", message: "boom\nmore" }] }),
      /^EDGE_RBAC_PREVIEW_FAILED .*: boom$/,
    ],
    ["a corrupt run", digest({ maybeCorrupt: true }), /^EDGE_RBAC_PREVIEW_FAILED /],
    ["events", '{"sequence":1,"timestamp":2,"preludeEvent":{}}\n{"sequence":2}', /stream of engine events/],
    ["another JSON file", '{"name": "x"}', /no 'changeSummary'/],
    ["a list", "[]", /PREVIEW_FORMAT/],
    ["text around the JSON", 'Previewing\n{"steps": []}', /EDGE_RBAC_(SYNTAX|PREVIEW_FORMAT) /],
    ["a step without URN", digest({ steps: [{ op: "same" }] }), /PREVIEW_FORMAT .*\/steps\/0/],
  ])("refuse %s", async (_, text, expected) => {
    expect(await codeOf((async () => readPreviewDocument(text, "p.json"))())).toMatch(expected);
  });
  it("refuse operations of a later Pulumi", async () => {
    expect(await codeOf((async () => rolesOf([step("teleport", get, get)]))())).toMatch(
      /the operation 'teleport' is not known/,
    );
  });
  it("take the state before and the plan after", () => {
    expect(rolesOf([step("create", undefined, get)])).toEqual([[], [1]]);
    expect(rolesOf([step("delete", get)])).toEqual([[1], []]);
    expect(rolesOf([step("update", get, [])])).toEqual([[1], [0]]);
  });
  it("count a replacement once, with or without its steps", () => {
    const steps = [step("create-replacement", get, []), step("replace", get, []), step("delete-replaced", get)];
    expect(rolesOf(steps)).toEqual([[1], [0]]);
  });
  it("take a replacement from its steps where it is not there as a whole", () => {
    expect(rolesOf([step("create-replacement", get, []), step("delete-replaced", get)])).toEqual([[1], [0]]);
  });
  it("do not take the end of an old copy for the end of the resource", () => {
    const copy = { ...step("delete", get), oldState: { ...state(get), delete: true } };
    expect(rolesOf([step("same", get, get), copy])).toEqual([[1], [1]]);
  });
  it("start from what a refresh found", () => {
    expect(rolesOf([step("update", [], get), step("update", get, [])])).toEqual([[1], [0]]);
  });
  it("keep clusters of one stack apart by their provider", () => {
    const at = (provider: string) => ({
      ...step("same", get, get, provider),
      provider: `urn::x::pulumi:providers:kubernetes::${provider}::id`,
    });
    const { head } = previewSources([at("east"), at("west"), at("default_4_34_2")] as never, "p.json");
    expect(head.clusters.map(({ cluster }) => cluster)).toEqual(["east", "west", "default"]);
  });
  it("list a resource whose inputs are a secret as a whole", () => {
    const secret = { ...step("create", undefined, []), newState: { ...state([]), inputs: "[secret]" } };
    const { head } = previewSources([secret] as never, "p.json");
    expect(head.clusters[0]?.unresolved).toMatchObject([{ reason: "secret", path: "" }]);
  });
});

describe("snapshots", () => {
  it("give back what was saved", async () => {
    const source = await open("saved.yaml", manifest + role("s", '"[secret]"'));
    const file = join(folder, "snapshot.json");
    await writeFile(file, writeSnapshot(source));
    const again = await readSnapshot(file);
    const plain = (one: typeof source) =>
      JSON.stringify(one.clusters, (key, value) => (key === "origin" ? undefined : value));
    expect(plain(again)).toBe(plain(source));
    expect(await codeOf(readSnapshot(join(folder, "saved.yaml")))).toMatch(/^EDGE_RBAC_SNAPSHOT_FORMAT /);
  });
});
