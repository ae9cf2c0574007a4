import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { edgectlRbac } from "../test/edgectl-rbac.ts";
import { binding, role, rule } from "../test/sources.ts";

const previews = fileURLToPath(new URL("../fixtures/pulumi-preview/", import.meta.url));
const preview = (name: string) => join(previews, `${name}.json`);
const plain = role("r", `[${rule("get", "pods")}]`) + binding("b", "ClusterRole/r", ["sa:ns/bot"]);
const risky = role("r", `[${rule("get", "pods secrets")}]`) + binding("b", "ClusterRole/r", ["sa:ns/bot"]);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "edge-rbac-"));
  await writeFile(join(folder, "plain.yaml"), plain);
  await writeFile(join(folder, "risky.yaml"), risky);
});
afterAll(() => rm(folder, { recursive: true }));
const file = (name: string) => join(folder, name);

const edgectl = (...args: string[]) => edgectlRbac(folder, ...args);

describe("edgectl rbac diff", () => {
  it.each([
    [0, ["--preview", preview("no-change")]],
    [2, ["--preview", preview("rules-narrowed-and-cluster-role-deleted"), "--fail-on", "low"]],
    [2, ["--preview", preview("rules-widened-and-subject-added")]],
    [3, ["--preview", preview("rules-widened-and-subject-added"), "--fail-on", "high"]],
    [2, ["--preview", preview("rules-widened-and-subject-added"), "--fail-on", "critical"]],
    [2, ["--preview", preview("secret-inside-a-rule")]],
    [3, ["--preview", preview("secret-inside-a-rule"), "--fail-on", "high"]],
  ])("ends with %i for %j", async (code, args) => {
    expect((await edgectl("diff", ...args)).code).toBe(code);
  });
  it("compares any two sources", async () => {
    const { code, out } = await edgectl(
      "diff",
      "--base",
      file("plain.yaml"),
      "--head",
      `manifests:${file("risky.yaml")}`,
    );
    expect(code).toBe(2);
    expect(out).toContain("+ get on secrets");
    expect((await edgectl("diff", "--base", "empty:", "--head", file("plain.yaml"))).out).toContain("+ get on pods");
  });
  it("writes several outputs of one run", async () => {
    const reports = ["--report", `sarif=${file("r.sarif")}`, "--report", `markdown=${file("r.md")}`];
    await edgectl("diff", "--base", file("plain.yaml"), "--head", file("risky.yaml"), "--marker", "prod", ...reports);
    expect(JSON.parse(await readFile(file("r.sarif"), "utf8")).version).toBe("2.1.0");
    expect(await readFile(file("r.md"), "utf8")).toMatch(/^<!-- edgectl-rbac:prod -->\n/);
    await expect(edgectl("lint", file("plain.yaml"), "--report", "pdf=x")).rejects.toMatchObject({
      code: "EDGE_RBAC_OPTION_INVALID",
    });
  });
  it("says which file it cannot write", async () => {
    const missing = file("missing/report");
    for (const args of [
      ["lint", file("plain.yaml"), "--report", `json=${missing}`],
      ["lint", file("plain.yaml"), "--output-file", missing],
      ["snapshot", file("plain.yaml"), "--output-file", missing],
    ]) {
      const message = `${missing} cannot be written: ENOENT`;
      await expect(edgectl(...args)).rejects.toMatchObject({ code: "EDGE_CLI_OUTPUT", message });
    }
  });
  it("takes waivers and baselines into account", async () => {
    const waiver = (expires: string) =>
      `- {rule: secrets-read, subject: ServiceAccount ns/bot, owner: ops, reason: trial, expires: "${expires}"}\n`;
    await writeFile(file("waivers.yaml"), waiver("2999-12-31"));
    const args = ["diff", "--base", file("plain.yaml"), "--head", file("risky.yaml"), "--fail-on", "low"];
    expect((await edgectl(...args)).code).toBe(3);
    expect(await edgectl(...args, "--waivers", file("waivers.yaml"))).toMatchObject({
      code: 2,
      out: expect.stringContaining("waived by ops"),
    });
    await writeFile(file("waivers.yaml"), waiver("2020-01-01"));
    expect(await edgectl(...args, "--waivers", file("waivers.yaml"))).toMatchObject({
      code: 3,
      out: expect.stringContaining("Expired waivers"),
    });
    await edgectl("lint", file("risky.yaml"), "-o", "json", "--output-file", file("baseline.json"));
    expect((await edgectl(...args, "--baseline", file("baseline.json"))).code).toBe(2);
    await expect(edgectl(...args, "--baseline", file("plain.yaml"))).rejects.toMatchObject({
      code: "EDGE_RBAC_BASELINE_INVALID",
    });
  });
  it("takes a rules file, and says where it is wrong", async () => {
    const args = ["lint", file("risky.yaml"), "--fail-on", "low", "--rules", file("rules.yaml")];
    await writeFile(file("rules.yaml"), "severities: {secrets-read: {cluster: low}}\n");
    expect(await edgectl(...args)).toMatchObject({ code: 3, out: expect.stringContaining("RBAC: 1 low") });
    await writeFile(file("rules.yaml"), "disabled: [secrets-read]\n");
    expect((await edgectl(...args)).code).toBe(0);
    await writeFile(file("rules.yaml"), "disabled:\n  - secrets-reed\n");
    await expect(edgectl(...args)).rejects.toMatchObject({
      code: "EDGE_RBAC_RULES_INVALID",
      message: expect.stringContaining(`${file("rules.yaml")}:2:5: disabled[0] is "secrets-reed"`),
    });
  });
  it.each([
    ["nothing to compare", ["diff"], "--base: is missing"],
    ["only one side", ["diff", "--base", "empty:"], "--head: is missing"],
    ["a preview and a side", ["diff", "--preview", "p.json", "--base", "empty:"], "a preview has both sides already"],
    ["a format that does not exist", ["diff", "-o", "pdf"], "Allowed choices are"],
    ["a severity that does not exist", ["lint", "x", "--fail-on", "severe"], "Allowed choices are"],
    ["an unknown option", ["lint", "x", "--bogus"], "edgectl rbac lint: unknown option"],
    ["an unknown command", ["bogus"], "edgectl rbac: unknown command"],
  ])("refuses %s with an error, not with the code for changes", async (_, args, problem) => {
    await expect(edgectl(...args)).rejects.toMatchObject({
      code: "EDGE_RBAC_OPTION_INVALID",
      message: expect.stringContaining(problem),
    });
  });
});

describe("edgectl rbac diff of a stack", () => {
  const git = (...args: string[]) =>
    promisify(execFile)("git", ["-C", folder, "-c", "user.name=t", "-c", "user.email=t@example.com", ...args]);
  const program = (verbs: string) => `
    import * as k8s from "@pulumi/kubernetes";
    export default async function () {
      new k8s.rbac.v1.ClusterRole("r", { metadata: { name: "r" }, rules: [{ apiGroups: [""], resources: ["nodes"], verbs: [${verbs}] }] });
      new k8s.rbac.v1.ClusterRoleBinding("b", {
        metadata: { name: "b" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "r" },
        subjects: [{ kind: "ServiceAccount", namespace: "ns", name: "bot" }],
      });
    }`;

  it("renders the revision apart from the working tree, and leaves nothing behind", async () => {
    await writeFile(file("Pulumi.yaml"), "name: p\nruntime: nodejs\nmain: index.ts\n");
    await writeFile(file("Pulumi.dev.yaml"), "config: {}\n");
    await writeFile(file("package.json"), '{"type": "module"}');
    await writeFile(file("index.ts"), program('"list"'));
    await symlink(fileURLToPath(new URL("../../../node_modules", import.meta.url)), file("node_modules"));
    await git("init", "--quiet");
    await git("add", "Pulumi.yaml", "Pulumi.dev.yaml", "package.json", "index.ts");
    await git("commit", "--quiet", "-m", "First");
    await writeFile(file("index.ts"), program('"list", "watch"'));
    const { code, out } = await edgectl("diff", "--stack", "dev", "--base", "HEAD");
    expect(out).toContain("stack dev at HEAD -> stack dev");
    expect(out.match(/^ {2}[+-].*$/gm)).toEqual([expect.stringContaining("+ watch on nodes")]);
    expect(code).toBe(2);
    await writeFile(file("Pulumi.young.yaml"), "config: {}\n");
    const added = await edgectl("diff", "--stack", "young", "--base", "HEAD");
    expect(added).toMatchObject({
      code: 2,
      out: expect.stringContaining("stack young at HEAD, where it is not yet ->"),
    });
    expect(added.out).toMatch(/\+ list, watch on nodes/);
    await expect(edgectl("diff", "--stack", "nowhere", "--base", "HEAD")).rejects.toMatchObject({
      code: "EDGE_RENDER_STACK_MISSING",
    });
    const secret = program('"list", pulumi.secret("watch")').replace(
      "import",
      'import * as pulumi from "@pulumi/pulumi";\nimport',
    );
    // A file of another name, as Node keeps modules that were imported once.
    await writeFile(file("secret.ts"), secret);
    await writeFile(file("Pulumi.yaml"), "name: p\nruntime: nodejs\nmain: secret.ts\n");
    const undecided = await edgectl("diff", "--stack", "dev", "--base", "HEAD", "--fail-on", "high");
    expect(undecided).toMatchObject({ code: 3, out: expect.stringContaining("is a Pulumi secret") });
    expect((await git("worktree", "list")).stdout.trim().split("\n")).toHaveLength(1);
    await expect(edgectl("diff", "--stack", "dev", "--base", "nowhere")).rejects.toMatchObject({
      code: "EDGE_RBAC_GIT_REF_UNKNOWN",
    });
    await expect(edgectl("diff", "--stack", "dev", "--base", "--help")).rejects.toMatchObject({
      code: expect.stringContaining("EDGE_RBAC_"),
    });
  });
});

describe("edgectl rbac snapshot", () => {
  it("saves what a later diff compares with", async () => {
    await edgectl("snapshot", file("plain.yaml"), "--output-file", file("saved.json"));
    expect(JSON.parse(await readFile(file("saved.json"), "utf8")).kind).toBe("RbacSnapshot");
    const same = await edgectl("diff", "--base", `snapshot:${file("saved.json")}`, "--head", file("plain.yaml"));
    expect(same.code).toBe(0);
  });
});
