import { execFile } from "node:child_process";
import { access, chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { binding, codeOf, role, rule } from "../test/sources.ts";
import { openSource } from "./open.ts";

let scratch: string;
let repository: string;

beforeEach(async () => {
  scratch = await realpath(await mkdtemp(join(tmpdir(), "edge-revisions-")));
  vi.stubEnv("TMPDIR", scratch);
  repository = join(scratch, "repository");
  await put("deploy/a.yaml", role("first", `[${rule("get", "pods")}]`));
  await put("rest/b.yaml", role("rest", `[${rule("get", "pods")}]`));
  await git("init", "--quiet", "--initial-branch", "main");
  await commit();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(scratch, { recursive: true });
});

async function put(file: string, text: string): Promise<void> {
  await mkdir(dirname(join(repository, file)), { recursive: true });
  await writeFile(join(repository, file), text);
}
const identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "protocol.file.allow=always"];
const git = async (...args: readonly string[]) =>
  (await promisify(execFile)("git", ["-C", repository, ...identity, ...args])).stdout;
async function commit(): Promise<void> {
  await git("add", ".");
  await git("commit", "--quiet", "-m", "change");
}
const open = (path: string, ref?: string) =>
  openSource(`manifests:${join(repository, path)}${ref === undefined ? "" : `@${ref}`}`, { projectDirectory: scratch });
const rolesOf = async (path: string, ref: string) =>
  (await open(path, ref)).clusters.flatMap(({ roles }) => roles.map(({ name }) => name));

test("manifests of a revision are read whatever the working tree is like, and named by their paths in it", async () => {
  await put("deploy/a.yaml", role("second", `[${rule("get", "pods")}]`));
  await commit();
  await rm(join(repository, "deploy"), { recursive: true });
  expect(await rolesOf("deploy", "HEAD~1")).toEqual(["first"]);
  expect(await rolesOf("deploy/a.yaml", "HEAD")).toEqual(["second"]);
  expect(await rolesOf("deploy", "HEAD@{1}")).toEqual(["first"]);
  const source = await open("deploy", "main");
  expect(source.title).toBe(`manifests ${join(repository, "deploy")} at main`);
  expect(source.clusters[0]?.roles[0]?.origin.file).toBe(join(repository, "deploy/a.yaml"));
  expect((await git("worktree", "list")).trim().split("\n")).toHaveLength(1);
});

test("a file that is named like a revision is not read in its place", async () => {
  await put("deploy@main/a.yaml", role("planted", `[${rule("*", "*")}]`));
  expect(await rolesOf("deploy", "main")).toEqual(["first"]);
});

test("a sparse working tree leaves nothing out", async () => {
  await git("sparse-checkout", "set", "rest");
  expect(await rolesOf("deploy", "main")).toEqual(["first"]);
});

test("a hook does not run, though it may be a file of the revision", async () => {
  await put("hooks/post-checkout", `#!/bin/sh\ntouch ${scratch}/ran\n`);
  await chmod(join(repository, "hooks/post-checkout"), 0o755);
  await commit();
  await git("config", "core.hooksPath", "hooks");
  await rolesOf("deploy", "main");
  await expect(access(join(scratch, "ran"))).rejects.toThrow("ENOENT");
});

test("a submodule is unresolved: its files are not there", async () => {
  const other = join(scratch, "other");
  await promisify(execFile)("git", ["clone", "--quiet", repository, other]);
  await git("submodule", "--quiet", "add", other, "deploy/vendored");
  await commit();
  const [cluster] = (await open("deploy", "main")).clusters;
  expect(cluster?.unresolved).toMatchObject([
    { reason: "unreadable", detail: expect.stringMatching(/^is the submodule deploy\/vendored,/) },
  ]);
  expect((await open("rest", "main")).clusters[0]?.unresolved).toEqual([]);
});

test.each(["/etc", "../../.."])("a link to %s is refused", async (target) => {
  await symlink(target, join(repository, "deploy/linked"));
  await commit();
  expect(await codeOf(open("deploy", "main"))).toBe(
    "EDGE_RBAC_SOURCE_ESCAPES deploy/linked leads out of the folder or repository that is judged",
  );
  expect(await codeOf(open("deploy/linked", "main"))).toMatch(/^EDGE_RBAC_SOURCE_ESCAPES /);
});

test("what git writes in another encoding than Flux reads is unresolved, as are bytes that are no UTF-8", async () => {
  // Flux sees a line break, and behind it a grant; in a checkout in Latin 1 all of it is a comment.
  await put(
    "deploy/c.yaml",
    `# note\u0085${binding("hidden", "ClusterRole/cluster-admin", ["user:eve"]).replace("---", "")}`,
  );
  await commit();
  const detailsOf = async (ref?: string) =>
    (await open("deploy", ref)).clusters[0]?.unresolved.map((one) => one.detail);
  expect(await detailsOf("main")).toEqual([]);
  await put(".gitattributes", "*.yaml working-tree-encoding=ISO-8859-1\n");
  await put("rest/.gitattributes", "*.yaml text eol=lf\n");
  await git("add", ".gitattributes", "rest/.gitattributes");
  await git("commit", "--quiet", "-m", "attributes");
  await git("rm", "--quiet", "-r", "--cached", "deploy");
  await rm(join(repository, "deploy"), { recursive: true });
  await git("checkout", "--quiet", "HEAD", "--", "deploy");
  const expected = [
    expect.stringMatching(/^holds bytes that are no UTF-8/),
    expect.stringMatching(/^makes git write files otherwise/),
  ];
  expect(await detailsOf()).toEqual(expected);
  expect(await detailsOf("main")).toEqual(expected);
});

test("links inside of the repository are followed", async () => {
  await symlink("../rest/b.yaml", join(repository, "deploy/b.yaml"));
  await commit();
  expect(await rolesOf("deploy", "main")).toEqual(["first", "rest"]);
});

test.each([
  ["a kustomization", "k.yaml", "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [x]\n"],
  ["a component", "k.yaml", "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [x]\n"],
  ["a kustomization of the network", "kustomization.yaml", "resources: ['https://example.com/x?ref=main']\n"],
  ["a bundle of Fleet", "fleet.yaml", "helm: {valuesFiles: [v.yaml]}\n"],
])("what reads other files is the same in no other revision: %s", async (_, name, text) => {
  await put(`deploy/${name}`, text);
  await commit();
  const identities = async () => (await open("deploy", "main")).clusters[0]?.unresolved.map((one) => one.identity);
  expect(await identities()).not.toEqual(await identities());
});

const kind = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n";
const chart = "apiVersion: v2\nname: x\nversion: 1.0.0\n";

/** What a pull request changes, and whether what the other tool makes is then known to be the same. */
test.each([
  ["nothing", "kustomization.yaml", `${kind}resources: [../rest]\n`, {}, true],
  [
    "a manifest elsewhere",
    "app/kustomization.yaml",
    `${kind}resources: [a.yaml]\n`,
    { "deploy/b.yaml": "kind: x\n" },
    true,
  ],
  ["a file beside it", "kustomization.yaml", `${kind}resources: [a.yaml]\n`, { "deploy/sub/p.txt": "x" }, false],
  ["a base", "kustomization.yaml", `${kind}resources: [../rest]\n`, { "rest/b.yaml": "kind: x\n" }, false],
  ["a file that a base reads", "kustomization.yaml", "resources: [../base]\n", { "rest/b.yaml": "kind: x\n" }, false],
  ["a patch", "kustomization.yaml", "patches: [{path: ../rest/b.yaml}]\n", { "rest/b.yaml": "kind: x\n" }, false],
  ["a base that is a link", "kustomization.yaml", "resources: [../linked]\n", { "rest/b.yaml": "kind: x\n" }, false],
  [
    "nothing of what renders charts",
    "kustomization.yaml",
    "helmCharts: [{name: c, repo: 'https://x.io'}]\n",
    {},
    false,
  ],
  ["nothing of a base that is missing", "kustomization.yaml", "resources: [example.com/x]\n", {}, false],
  ["nothing about a chart", "c/Chart.yaml", chart, { "deploy/a.yaml": role("other", "[]") }, true],
  ["a template", "c/Chart.yaml", chart, { "deploy/c/templates/a.txt": "x" }, false],
  ["values of an Application", "c/Chart.yaml", chart, { "rest/production.yaml": "admin: true\n" }, false],
  ["values of another ending", "c/Chart.yaml", chart, { "rest/values.production": "admin: true\n" }, false],
  ["an import", "p.jsonnet", "local a = import '../rest/l.libsonnet'; a", { "rest/l.libsonnet": "{a: 1}" }, false],
  ["an import of an import", "p.jsonnet", 'import "../rest/m.libsonnet"', { "rest/l.libsonnet": "{a: 1}" }, false],
  ["a text that is imported", "p.jsonnet", "{ a: importstr '../rest/b.yaml' }", { "rest/b.yaml": "kind: x\n" }, false],
  ["nothing about a program", "p.jsonnet", "import '../rest/l.libsonnet'", { "rest/b.yaml": "kind: x\n" }, true],
  ["nothing of a library elsewhere", "p.jsonnet", "import 'vendor/k.libsonnet'", {}, false],
])(
  "what another tool makes of a folder depends on all that it reads: %s changes",
  async (_, name, text, changed, isSame) => {
    await put("base/kustomization.yaml", "resources: [../rest/b.yaml]\n");
    await put("rest/l.libsonnet", "{}");
    await put("rest/m.libsonnet", "import 'l.libsonnet'");
    await put("deploy/app/a.yaml", "");
    await symlink("rest", join(repository, "linked"));
    await put(`deploy/${name}`, text);
    await commit();
    for (const [file, content] of Object.entries(changed)) await put(file, content);
    await git("add", ".");
    await put("report.json", "{}");
    const made = async (ref?: string) => {
      const unresolved = (await open("deploy", ref)).clusters[0]?.unresolved ?? [];
      return unresolved.flatMap((one) =>
        one.object.endsWith(name) || one.object.startsWith("Kust") ? one.identity : [],
      );
    };
    const [before, after] = [await made("main"), await made()];
    expect(before).toHaveLength(1);
    if (isSame) expect(after).toEqual(before);
    else expect(after).not.toEqual(before);
  },
);

test.each([
  ["a path that the revision does not have", "nowhere", "main", /^EDGE_RBAC_PATH_NOT_IN_REVISION .*nowhere is not in/],
  ["a path outside of the repository", "../elsewhere", "main", /^EDGE_RBAC_GIT_FAILED /],
  ["a revision that git does not know", "deploy", "nowhere", /^EDGE_RBAC_GIT_REF_UNKNOWN /],
  ["an option in the place of a revision", "deploy", "--help", /^EDGE_RBAC_GIT_REF_UNKNOWN /],
])("%s is an error", async (_, path, ref, code) => {
  expect(await codeOf(open(path, ref))).toMatch(code);
});

test("objects without a namespace are in the one that is named", async () => {
  const text = role("r", `[${rule("get", "pods")}]`) + binding("b", "ClusterRole/r", ["sa:ns/bot"]);
  await put("deploy/a.yaml", text.replace("kind: ClusterRoleBinding", "kind: RoleBinding"));
  await commit();
  const name = `manifests:${join(repository, "deploy")}`;
  for (const source of [name, `${name}@main`]) {
    const { clusters } = await openSource(source, { projectDirectory: scratch, namespace: "factory" });
    expect(clusters[0]?.bindings[0]?.namespace).toBe("factory");
  }
});
