import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { binding, codeOf, role, rule } from "../test/sources.ts";
import { requireNoLinkOut } from "./links.ts";
import { readManifests } from "./manifests.ts";

let scratch: string;
beforeAll(async () => {
  scratch = await realpath(await mkdtemp(join(tmpdir(), "edge-manifest-files-")));
});
afterAll(() => rm(scratch, { recursive: true }));

const harmless = { "config.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n" };
const grant = binding("b", "ClusterRole/cluster-admin", ["user:mallory"]);

async function treeOf(files: Readonly<Record<string, string>>): Promise<string> {
  const root = await mkdtemp(join(scratch, "tree-"));
  for (const [name, text] of Object.entries({ ...harmless, ...files })) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
  }
  return root;
}

async function read(root: string) {
  const [cluster] = (await readManifests(root)).clusters;
  return {
    bindings: cluster?.bindings.map(({ name }) => name),
    unresolved: cluster?.unresolved.map(({ object, detail }) => `${object} ${detail}`.replaceAll(`${root}/`, "")),
  };
}

describe("what kubectl -R would make objects of", () => {
  it.each([".yaml", ".json", ".hidden.yml", "a/b.yaml", ".git.yaml", "x.yaml/y.json"])(
    "is seen in a file called %s",
    async (name) => {
      const text = name.endsWith(".json") ? JSON.stringify({ apiVersion: "v1", kind: "List", items: [] }) : grant;
      const expected = name.endsWith(".json") ? [] : ["b"];
      expect(await read(await treeOf({ [name]: text }))).toEqual({ bindings: expected, unresolved: [] });
    },
  );

  it.each(["a.YAML", "a.yaml.bak", "a.txt", "a.tf", "a.cue", "yaml"])("is not in one called %s", async (name) => {
    expect(await read(await treeOf({ [name]: grant }))).toEqual({ bindings: [], unresolved: [] });
  });

  it.each([
    ["an object of RBAC", "node_modules/p/a.yaml", grant, "ClusterRoleBinding b"],
    ["one of git's own files", ".git/a.yaml", grant, "ClusterRoleBinding b"],
    ["a role", "deep/node_modules/p/a.json", JSON.stringify(roleObject()), "ClusterRole r"],
    ["what brings access later", "node_modules/a.yaml", helmRelease(), "HelmRelease x"],
    ["an escaped kind", "node_modules/a.yaml", grant.replace("kind: ", '"\\x6bind": '), "ClusterRoleBinding b"],
    [
      "what cannot be read",
      "node_modules/a.yaml",
      `${grant}{{ x }}`,
      "a document that cannot be read, and may be of RBAC",
    ],
    ["a kustomization", "node_modules/kustomization.yaml", "resources: [a]\n", /^a document of .*kustomization\.yaml$/],
    ["a bomb", "node_modules/a.yaml", "kind: &a [*a]\n", /^what cannot be looked at \(/],
  ])("is unresolved where tools keep their files: %s", async (_, name, text, what) => {
    const { bindings, unresolved } = await read(await treeOf({ [name]: text }));
    expect(bindings).toEqual([]);
    expect(unresolved).toHaveLength(1);
    const [, held = ""] =
      /^a document of \S+ lies where tools keep their files, and holds (.*); name its folder/.exec(
        unresolved?.[0] ?? "",
      ) ?? [];
    if (typeof what === "string") expect(held).toBe(what);
    else expect(held).toMatch(what);
  });

  it.each([
    ["package.json", '{"name": "p", "resources": [], "rules": []}'],
    ["tsconfig.json", '{ // kind of\n "a": 1, }'],
    ["a.yaml", harmless["config.yaml"]],
    ["values.yaml", "kind: x\n"],
  ])("and other data of npm packages is left alone: %s", async (name, text) => {
    const root = await treeOf({ [`node_modules/p/${name}`]: text });
    expect(await read(root)).toEqual({ bindings: [], unresolved: [] });
  });

  it("is read where the folder of a tool is the one that is named", async () => {
    const root = await treeOf({ "node_modules/p/a.yaml": grant });
    expect(await read(join(root, "node_modules"))).toEqual({ bindings: ["b"], unresolved: [] });
  });
});

describe("what delivers from git and kubectl does not see is unresolved", () => {
  it.each([
    ["a.jsonnet", "{}", /^a document of a\.jsonnet is Jsonnet, of which Argo CD makes objects/],
    ["node_modules/a.jsonnet", "{}", /is Jsonnet/],
    ["Kustomization", "resources: [https://example.com/x]\n", /^a document of Kustomization is a kustomization/],
    [
      ".argocd-source.yaml",
      "kustomize: {patches: []}\n",
      /^a document of \.argocd-source\.yaml sets parameters by which/,
    ],
    [".argocd-source-web.yaml", "helm: {parameters: []}\n", /sets parameters by which Argo CD/],
  ])("%s", async (name, text, expected) => {
    const { unresolved } = await read(await treeOf({ [name]: text }));
    expect(unresolved).toEqual([expect.stringMatching(expected)]);
  });
});

describe("a link", () => {
  it("to a file of the working tree is followed, as kubectl does, and one to a folder is not", async () => {
    const root = await treeOf({
      ".git/HEAD": "",
      "other/a.txt": grant,
      "deploy/x.yaml": role("r", `[${rule("get", "pods")}]`),
    });
    await symlink("../other/a.txt", join(root, "deploy/a.yaml"));
    await symlink("../other", join(root, "deploy/folder"));
    await symlink("/nowhere", join(root, "deploy/run"));
    expect((await read(join(root, "deploy"))).bindings).toEqual(["b"]);
  });

  it.each(["a working tree", "a folder in none"])(
    "out of %s is refused, and by which name it is reached",
    async (kind) => {
      const outside = await treeOf({ "a.yaml": grant });
      const root = await treeOf(kind === "a working tree" ? { ".git/HEAD": "" } : {});
      await symlink(join(outside, "a.yaml"), join(root, "link.yaml"));
      const refused = "EDGE_RBAC_SOURCE_ESCAPES link.yaml leads out of the folder or repository that is judged";
      expect(await codeOf(readManifests(root))).toBe(refused);
      if (kind !== "a working tree") return;
      expect(await codeOf(readManifests(join(root, "link.yaml")))).toBe(refused);
      await symlink(outside, join(root, "folder"));
      expect(await codeOf(readManifests(join(root, "folder")))).toMatch(/^EDGE_RBAC_SOURCE_ESCAPES folder leads out/);
      expect(await codeOf(readManifests(join(root, "folder/a.yaml")))).toMatch(
        /^EDGE_RBAC_SOURCE_ESCAPES folder\/a\.yaml/,
      );
    },
  );

  it("above the working tree, and to a file of no working tree, is its owner's", async () => {
    const root = await treeOf({ "repository/.git/HEAD": "", "repository/a.yaml": grant });
    await symlink(join(root, "repository"), join(root, "shortcut"));
    expect((await read(join(root, "shortcut"))).bindings).toEqual(["b"]);
    expect((await read(join(root, "shortcut/a.yaml"))).bindings).toEqual(["b"]);
    const other = await treeOf({ "a.yaml": grant });
    const link = join(await treeOf({}), "link.yaml");
    await symlink(join(other, "a.yaml"), link);
    expect((await read(link)).bindings).toEqual(["b"]);
  });
});

function roleObject() {
  const rules = [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }];
  return { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name: "r" }, rules };
}
function helmRelease() {
  return "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: x}\n";
}

describe("names that hide a file", () => {
  it.each(["", "templates"])("are refused where they are not UTF-8, in the folder '%s'", async (below) => {
    const root = await treeOf({ "templates/a.yaml": grant });
    await writeFile(
      Buffer.concat([Buffer.from(join(root, below, "b")), Buffer.from([0xff]), Buffer.from(".yaml")]),
      "",
    );
    expect(await codeOf(readManifests(root))).toMatch(/^EDGE_RBAC_NAME_NOT_UTF8 the name of .*b\uFFFD\.yaml is not/);
    expect(await codeOf(requireNoLinkOut(root, root))).toMatch(/^EDGE_RBAC_NAME_NOT_UTF8 /);
    await rm(Buffer.concat([Buffer.from(join(root, below, "b")), Buffer.from([0xff]), Buffer.from(".yaml")]));
    await writeFile(join(root, below, "b\uFFFD.yaml"), "");
    expect((await read(root)).unresolved).toEqual([]);
  });

  it("are unresolved where a link to a folder has one of a manifest", async () => {
    const root = await treeOf({ "other/a.yaml": grant });
    await symlink("other", join(root, "x.yaml"));
    expect(await read(root)).toEqual({
      bindings: ["b"],
      unresolved: [expect.stringMatching(/^a document of x\.yaml is a link to a folder/)],
    });
  });
});
