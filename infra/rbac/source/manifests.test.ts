import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describePermission, permissionsOf } from "../model/permission.ts";
import { describeSubject } from "../model/subject.ts";
import { binding, codeOf, lint, role, rule } from "../test/sources.ts";
import { readManifests } from "./manifests.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "edge-manifests-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** What a folder of files grants, and what of it is not known. */
async function read(files: Readonly<Record<string, string | Uint8Array>>) {
  const root = await mkdtemp(join(folder, "case-"));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), content);
  }
  const [objects] = (await readManifests(root)).clusters;
  const { roles = [], bindings = [], unresolved = [] } = objects ?? {};
  return {
    rules: roles.flatMap(({ rules }) => rules.flatMap(permissionsOf).map(describePermission)).sort(),
    grants: bindings.flatMap(({ roleRef, subjects }) =>
      subjects.map((who) => `${roleRef.name} to ${describeSubject(who)}`),
    ),
    unresolved: unresolved.map(({ object, path, detail }) => `${object} ${path} ${detail}`.replaceAll(`${root}/`, "")),
  };
}

const admin = `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
`;
const mallory = "subjects: [{kind: User, name: mallory, apiGroup: rbac.authorization.k8s.io}]\n";
const json = JSON.stringify({
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRoleBinding",
  metadata: { name: "b" },
  roleRef: { kind: "ClusterRole", name: "cluster-admin" },
  subjects: [{ kind: "User", name: "mallory" }],
});
const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, "utf16le");

describe("what kubectl would grant", () => {
  it.each<readonly [string, string | Uint8Array]>([
    ["behind a comment that ends with a lone CR", `${admin}# harmless\r${mallory}`],
    ["behind a comment that ends with NEL", `${admin}# harmless\u0085${mallory}`],
    ["behind a comment that ends with LS", `${admin}# harmless\u2028${mallory}`],
    ["behind a comment that ends with PS", `${admin}# harmless\u2029${mallory}`],
    ["with items that make a list of it for kubectl", `${admin}${mallory}items: []\n`],
    ["in UTF-16, little endian", utf16(admin + mallory)],
    ["in UTF-16, big endian", utf16(admin + mallory).swap16()],
    ["in JSON that follows JSON", `{"kind": "ConfigMap", "apiVersion": "v1"}\n${json}`],
    ["in JSON without a break between", `{"kind": "ConfigMap", "apiVersion": "v1"}${json}`],
    ["in YAML that follows JSON", `{"kind": "ConfigMap", "apiVersion": "v1"}\n---\n${admin}${mallory}`],
    ["behind a marker with a comment at it", `kind: ConfigMap\napiVersion: v1\n---# next\n${admin}${mallory}`],
    ["behind a marker with a no-break space", `kind: ConfigMap\napiVersion: v1\n---\u00a0\n${admin}${mallory}`],
    ["with a key that stands twice", `${admin}subjects: []\n${mallory}`],
    ["with a tag of its own", `${admin}${mallory.replace("User", "!x User")}`],
    ["in base64", `${admin}${mallory.replace("mallory", "!!binary bWFsbG9yeQ==")}`],
    ["with a bracket below its key", `${admin}subjects: [\n{kind: User, name: mallory}\n]\n`],
    ["with tabs", `${admin}subjects:\t[\t{kind: User,\tname: mallory}\t]\n`],
    ["in a quoted text of several lines", `${admin}subjects: [{kind: User, name: "mal\\\nlory"}]\n`],
    ["in a list of another name", `kind: Things\napiVersion: v1\nitems: [${json}]`],
    ["beside a document that is broken", `{{ if x }}\n---\n${admin}${mallory}`],
  ])("is seen %s", async (_, text) => {
    expect((await read({ "a.yaml": text, "b.yaml": "kind: ConfigMap\napiVersion: v1\n" })).grants).toEqual([
      "cluster-admin to User mallory",
    ]);
  });

  it.each([
    ["a map", "base: &b {apiGroups: ['*'], resources: ['*']}\nrules:\n- {<<: *b, verbs: ['*']}\n", ["* all resources"]],
    [
      "what stands before it, even where it stands before",
      "rules:\n- &a {apiGroups: [''], resources: [secrets], verbs: [get]}\n- {apiGroups: [''], resources: [pods], <<: *a, verbs: [list]}\n",
      ["get secrets", "list secrets"],
    ],
    [
      "a list, the first of which counts",
      "rules:\n- {<<: [{verbs: ['*']}, {verbs: [get]}], apiGroups: [''], resources: [pods]}\n",
      ["* pods"],
    ],
    [
      "no text in quotes",
      "rules:\n- {'<<': {verbs: ['*']}, apiGroups: [''], resources: [pods], verbs: [get]}\n",
      ["get pods"],
    ],
  ])("counts merge keys of %s", async (_, rules, expected) => {
    const head = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: r}\n";
    expect((await read({ "a.yaml": head + rules })).rules).toEqual(expected);
  });

  it.each([
    ["0o18", "0o18"],
    ["1_0x", "1_0x"],
    ["2026-11-29", "2026-11-29"],
    ["1e999", "1e999"],
    ["yes", "yes"],
  ])("takes %s for a name", async (name, expected) => {
    expect((await read({ "a.yaml": `${admin}subjects: [{kind: User, name: ${name}}]` })).grants).toEqual([
      `cluster-admin to User ${expected}`,
    ]);
  });

  it.each(["0o14", "014", "0x_1F", "1_000", "0b1", ".5", "-.inf", "~", "!!int '7'", "true"])(
    "takes %s for no name, as the API server does",
    async (name) => {
      const { grants, unresolved } = await read({ "a.yaml": `${admin}subjects: [{kind: User, name: ${name}}]` });
      expect(grants).toEqual([]);
      expect(unresolved).toEqual([expect.stringMatching(/subjects\[0\]\.name must be a string, so the API server/)]);
    },
  );
});

const variable = (content: string) => `\${${content}}`;
const aggregateToView = "rbac.authorization.k8s.io/aggregate-to-view";

describe("a document that cannot be read is unresolved, and the rest goes on", () => {
  const good = { "z.yaml": admin + mallory };

  it.each([
    [
      "a template",
      { "a.yaml": "metadata:\n  name: {{ .Release.Name }}\n" },
      /^a document of a\.yaml {2}is no valid YAML or JSON \(line 2, /,
    ],
    [
      "a separator with text",
      { "a.yaml": `kind: ConfigMap\n---x\n${admin}` },
      /^a document of a\.yaml {2}is no valid YAML/,
    ],
    [
      "a kustomization without kind",
      { "kustomization.yaml": "nameSuffix: -x\n" },
      /^a document of kustomization\.yaml {2}is a kustomization/,
    ],
    ["a kustomization of another name", { "a.yaml": "resources: [x.yaml]\n" }, /is a kustomization/],
    ["a chart with a kind", { "Chart.yaml": "apiVersion: v1\nkind: ConfigMap\nname: c\n" }, /belongs to a Helm chart/],
    ["a chart", { "c/Chart.yaml": "apiVersion: v2\nname: c\n" }, /belongs to a Helm chart/],
    [
      "rules without a kind",
      { "a.yaml": "Kind: ClusterRole\nrules: []\n" },
      /holds rules or subjects, but has no kind/,
    ],
    ["a name with LS in it", { "a.yaml": binding("x", "ClusterRole/y\u2028z", []) }, /holds U\+2028 or U\+2029/],
    ["a text", { "a.yaml": "plain" }, /is no object/],
    ["UTF-16 without its mark", { "a.yaml": Buffer.from(admin, "utf16le") }, /is no valid YAML or JSON/],
    [
      "rules that are no list",
      { "a.yaml": role("r", "all") },
      /^ClusterRole r rules must be a list, so the API server would/,
    ],
    [
      "a verb that is a number",
      { "a.yaml": role("r", "[{verbs: [1]}]") },
      /^ClusterRole r rules\[0\]\.verbs\[0\] must be a/,
    ],
    [
      "a role without API version",
      { "a.yaml": role("r", "[]").replace("apiVersion: rbac.authorization.k8s.io/v1\n", "") },
      /^ClusterRole r apiVersion is missing/,
    ],
    [
      "a ClusterRoleBinding to a Role",
      { "a.yaml": binding("b2", "Role/r", ["sa:ns/x"]) },
      /roleRef\.kind must be ClusterRole/,
    ],
    [
      "a variable of Flux",
      { "a.yaml": role("r", `[${rule(variable("v:=*"), "pods")}]`) },
      /^ClusterRole r {2}holds \$\{v:=\*\}, which Flux and envsubst fill in/,
    ],
    [
      "a variable in a label",
      { "a.yaml": role("r", "[]", undefined, `labels: {"${variable(`x:=${aggregateToView}`)}": "true"}`) },
      /^ClusterRole r {2}holds \$\{x:=rbac/,
    ],
    [
      "a variable in a version",
      { "a.yaml": binding("x", "ClusterRole/y", []).replace("apiVersion: ", `apiVersion: ${variable("a:=")}`) },
      /^ClusterRoleBinding x {2}holds \$\{a:=\}rbac\.auth/,
    ],
    [
      "a variable in a kind",
      { "a.yaml": `apiVersion: v1\nkind: ${variable("k:=x")}\nmetadata: {name: x}\n` },
      /^\$\{k:=x\} x {2}holds /,
    ],
    [
      "a variable that is a field's name",
      { "a.yaml": `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n"${variable("k:=kind")}": ClusterRole\n` },
      /^ConfigMap x {2}holds \$\{k:=kind\}/,
    ],
    [
      "a variable that is a list of items",
      { "a.yaml": `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\nitems: '${variable("k:=[")}{"kind":"x"}]'\n` },
      /^ConfigMap x {2}holds \$\{k:=\[\}/,
    ],
    [
      "a variable whose default is a name that brings access",
      {
        "a.yaml": `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "${variable("n:=aws")}-auth", namespace: kube-system}\n`,
      },
      /^ConfigMap \S* ?\S* {2}holds \$\{n:=aws\}/,
    ],
    ["a patch", { "a.yaml": admin.replace(/roleRef.*\n/, "") }, /^ClusterRoleBinding b roleRef\.kind must be a string/],
    ["a custom resource with items", { "a.yaml": "apiVersion: x.io/v1\nkind: Allow\nitems: [a]\n" }, /is no object/],
  ])("%s", async (_, files, expected) => {
    const { grants, unresolved } = await read({ ...files, ...good } as Record<string, string>);
    expect(grants).toEqual(["cluster-admin to User mallory"]);
    expect(unresolved).toEqual([expect.stringMatching(expected)]);
  });

  it("but not a variable that leaves an object what it is", async () => {
    const data = `data: {a: "${variable("x:=[1]")}", "${variable("b")}": "$c"}\n`;
    const config = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "${variable("cluster")}-x"}\n${data}`;
    expect((await read({ "a.yaml": config, ...good })).unresolved).toEqual([]);
  });

  it("but not what nobody makes objects of", async () => {
    const values = { "values.yaml": "image: {tag: x}\n", "empty.yaml": "# nothing\n---\n", "null.yaml": "null\n" };
    expect((await read({ ...values, ...good })).unresolved).toEqual([]);
  });

  it("and never ends with 0", () => {
    for (const text of ["{{ x }}", "resources: [a]", role("r", "all")]) {
      const { verdict, unresolved } = lint(text);
      expect([verdict.outcome, unresolved.length]).toEqual(["undecided", 1]);
    }
  });

  it("is bounded, also where a link leads to a device", async () => {
    const link = join(await mkdtemp(join(folder, "case-")), "a.yaml");
    await symlink("/dev/zero", link);
    expect(await codeOf(readManifests(link))).toMatch(/^EDGE_RBAC_FILE_TOO_LARGE /);
  });

  it("is the same in both states while its text is", async () => {
    const [first, second] = await Promise.all(
      ["a.yaml", "b.yaml"].map(async (name) => {
        const file = join(folder, name);
        await writeFile(file, `${role("r", `[${rule("get", "pods")}]`)}---\n{{ x }}\n`);
        return (await readManifests(file)).clusters[0]?.unresolved[0]?.identity;
      }),
    );
    expect(first).toBe(second);
  });
});
