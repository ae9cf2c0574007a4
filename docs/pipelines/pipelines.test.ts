import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { CommentServer } from "../../test/support/comment-server.ts";
import { type Outcome, runProgram } from "../../test/support/run-program.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const here = fileURLToPath(new URL(".", import.meta.url));
let folder: string;
let base: string;

/** A repository with a stack whose last commit lets a ServiceAccount read Secrets. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "edge-pipeline-"));
  const write = (name: string, text: string) => writeFile(join(folder, name), text);
  await cp(here, join(folder, "docs/pipelines"), { recursive: true });
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  await write("Pulumi.yaml", "name: p\nruntime: nodejs\nmain: index.ts\n");
  await write("Pulumi.local.yaml", "config: {}\n");
  await write("package.json", '{"type": "module"}');
  await write("index.ts", program('"pods"'));
  await git("init", "--quiet");
  base = await commit("First");
  await write("index.ts", program('"pods", "secrets"'));
  await commit("Second");
});
afterAll(() => rm(folder, { recursive: true }));

async function git(...args: string[]): Promise<string> {
  const identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"];
  return (await promisify(execFile)("git", ["-C", folder, ...identity, ...args])).stdout.trim();
}
async function commit(message: string): Promise<string> {
  await git("add", "Pulumi.yaml", "Pulumi.local.yaml", "package.json", "index.ts");
  await git("commit", "--quiet", "-m", message);
  return git("rev-parse", "HEAD");
}
const program = (resources: string) => `
  import * as k8s from "@pulumi/kubernetes";
  export default async function () {
    new k8s.rbac.v1.ClusterRole("r", { metadata: { name: "r" }, rules: [{ apiGroups: [""], resources: [${resources}], verbs: ["get"] }] });
    new k8s.rbac.v1.ClusterRoleBinding("b", {
      metadata: { name: "b" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "r" },
      subjects: [{ kind: "ServiceAccount", namespace: "ns", name: "bot" }],
    });
  }`;

function shell(script: string, env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  const edgectl = `${process.execPath} --disable-warning=ExperimentalWarning ${join(root, "infra/edgectl/main.ts")}`;
  // As GitHub starts it; without --norc, bash takes a socket on stdin for a remote login and reads the start-up files.
  return runProgram("bash", ["--noprofile", "--norc", "-euc", script], {
    cwd: folder,
    env: { EDGECTL: edgectl, ...env },
  });
}

let comments: CommentServer;
let url: string;
beforeEach(async () => {
  comments = new CommentServer();
  url = await comments.start();
  return () => comments.stop();
});

/** As long as a comment may be: a longer one is refused. */
const longest = { gitHub: 65_536, gitLab: 1_000_000 };

/** Lets 700 users read Secrets while `work` runs, which no comment has room for. */
async function withManyChanges(work: () => Promise<void>): Promise<void> {
  const subjects = Array.from(
    { length: 700 },
    (_, index) => `new k8s.rbac.v1.ClusterRoleBinding("b${index}", {
      metadata: { name: "b${index}" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "r" },
      subjects: [{ kind: "User", name: "user-${index}" }],
    });`,
  ).join("\n");
  await writeFile(join(folder, "many.ts"), program('"secrets"').replace(/\}\s*$/, `${subjects}}`));
  await writeFile(join(folder, "Pulumi.yaml"), "name: p\nruntime: nodejs\nmain: many.ts\n");
  await work();
  await writeFile(join(folder, "Pulumi.yaml"), "name: p\nruntime: nodejs\nmain: index.ts\n");
}

/** The one comment is cut, links to the report, and what it links to is kept and has all that was left out. */
async function expectCut(link: string, artifact: string): Promise<void> {
  expect(comments.comments).toHaveLength(1);
  expect(comments.comments[0]?.body).toMatch(/^<!-- edgectl-rbac:local -->\n/);
  expect(comments.comments[0]?.body).toContain(`[the whole report has them](${link})`);
  const whole = JSON.parse(await readFile(join(folder, artifact, "local.json"), "utf8"));
  expect(whole.changes.filter(({ subject }: { subject: string }) => /^User user-/.test(subject))).toHaveLength(700);
}

describe("GitHub Actions", () => {
  it("cuts a comment that is too long, and links to the artifact", async () => {
    comments.longest = longest.gitHub;
    const { jobs } = parse(await readFile(join(here, "github-actions.yml"), "utf8"));
    const steps: { name?: string; uses?: string; run?: string; if?: string; env?: { RBAC_DETAILS?: string } }[] =
      jobs.diff.steps;
    const step = (name: string) => steps.find((one) => one.name === name) ?? {};
    const upload = steps.find(({ uses }) => uses?.startsWith("actions/upload-artifact@")) as
      | { if: string; with: { path: string } }
      | undefined;
    const values: Readonly<Record<string, string>> = {
      server_url: "https://git.example.com",
      repository: "o/r",
      run_id: "7",
    };
    const link = (step("Compare").env?.RBAC_DETAILS ?? "").replaceAll(
      /\$\{\{ github\.(\w+) \}\}/g,
      (_, key) => values[key] ?? "?",
    );
    expect(link).toBe("https://git.example.com/o/r/actions/runs/7#artifacts");
    await withManyChanges(async () => {
      expect((await shell(step("Compare").run ?? "", { BASE: base, RBAC_DETAILS: link })).code).toBe(3);
      const env = { GITHUB_API_URL: url, GITHUB_REPOSITORY: "o/r", GITHUB_TOKEN: "token", PULL_REQUEST: "7" };
      expect(await shell(step("Comment").run ?? "", env)).toMatchObject({ code: 0, stderr: "" });
      // Uploaded although the comparison has failed.
      expect(upload?.if).toBe("always()");
      await expectCut(link, upload?.with.path ?? "");
    });
  });

  it("compares with the base, fails at the threshold, and keeps one comment up to date", async () => {
    const { jobs } = parse(await readFile(join(here, "github-actions.yml"), "utf8"));
    const steps: { name?: string; run?: string }[] = jobs.diff.steps;
    const run = (name: string) => steps.find((step) => step.name === name)?.run ?? "exit 99";
    const compared = await shell(run("Compare"), { BASE: base });
    expect(compared).toMatchObject({ code: 3, stdout: expect.stringContaining("+ get on secrets") });
    expect((await readdir(join(folder, "rbac-report"))).sort()).toEqual(["local.json", "local.md", "local.sarif"]);

    // More comments than one page has: the marker has to be looked for on all of them.
    for (let id = 1; id <= 120; id += 1) comments.comments.push({ id, body: "a remark" });
    const env = { GITHUB_API_URL: url, GITHUB_REPOSITORY: "o/r", GITHUB_TOKEN: "token", PULL_REQUEST: "7" };
    expect(await shell(run("Comment"), env)).toMatchObject({ code: 0, stderr: "" });
    expect(await shell(run("Comment"), env)).toMatchObject({ code: 0, stderr: "" });
    const ours = comments.comments.filter(({ body }) => body.startsWith("<!-- edgectl-rbac:local -->"));
    expect(ours).toHaveLength(1);
    expect(ours[0]?.body).toContain("RBAC: 1 CRITICAL");
    expect([...comments.credentials]).toEqual(["Bearer token"]);
  });
});

describe("GitLab CI", () => {
  it("cuts a comment that is too long, and links to the artifact", async () => {
    comments.longest = longest.gitLab;
    const { rbac } = parse(await readFile(join(here, "gitlab-ci.yml"), "utf8"));
    const link = rbac.variables.RBAC_DETAILS.replace("$CI_JOB_URL", "https://git.example.com/o/r/-/jobs/7");
    expect(link).toBe("https://git.example.com/o/r/-/jobs/7/artifacts/browse/rbac-report");
    await withManyChanges(async () => {
      const env = { CI_API_V4_URL: url, CI_PROJECT_ID: "1", CI_MERGE_REQUEST_IID: "7", GITLAB_TOKEN: "token" };
      const compare = { CI_MERGE_REQUEST_DIFF_BASE_SHA: base, RBAC_DETAILS: link };
      expect((await shell(rbac.script.join("\n"), compare)).code).toBe(3);
      expect(await shell(rbac.after_script.join("\n"), env)).toMatchObject({ code: 0, stderr: "" });
      expect(rbac.artifacts.when).toBe("always");
      await expectCut(link, rbac.artifacts.paths[0]);
    });
  });

  it("compares with the base of the merge request and comments", async () => {
    const { rbac } = parse(await readFile(join(here, "gitlab-ci.yml"), "utf8"));
    const compared = await shell(rbac.script.join("\n"), { CI_MERGE_REQUEST_DIFF_BASE_SHA: base });
    expect(compared.code).toBe(3);
    const env = { CI_API_V4_URL: url, CI_PROJECT_ID: "1", CI_MERGE_REQUEST_IID: "7", GITLAB_TOKEN: "token" };
    for (const _ of ["first", "second"])
      expect(await shell(rbac.after_script.join("\n"), env)).toMatchObject({ code: 0, stderr: "" });
    expect(comments.comments).toHaveLength(1);
    expect([...comments.credentials]).toEqual(["token"]);
  });
});

describe("rbac-diff.sh", () => {
  it("ends with 0 below the threshold, and with 1 when a revision is not there", async () => {
    expect((await shell("docs/pipelines/rbac-diff.sh HEAD local")).code).toBe(0);
    expect(await shell("docs/pipelines/rbac-diff.sh nowhere local")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("EDGE_RBAC_GIT_REF_UNKNOWN"),
    });
    expect((await shell("docs/pipelines/rbac-diff.sh HEAD")).code).toBe(1);
  });
  it("passes the names of a chart on, which the action and the component take as inputs", async () => {
    const names = { RBAC_RELEASE: "web", RBAC_NAMESPACE: "shop" };
    const { stdout } = await shell("docs/pipelines/rbac-diff.sh HEAD helm:charts/web", { EDGECTL: "echo", ...names });
    expect(stdout).toContain("--base helm:charts/web@HEAD --head helm:charts/web --release web --namespace shop ");
    const root = join(here, "../..");
    const action = parse(await readFile(join(root, "actions/rbac-diff/action.yml"), "utf8"));
    const component = await readFile(join(root, "templates/rbac-diff.yml"), "utf8");
    for (const name of ["release", "namespace"]) {
      const variable = `RBAC_${name.toUpperCase()}`;
      expect(action.inputs).toHaveProperty(name);
      expect(action.runs.steps[1].env[variable]).toBe(`\${{ inputs.${name} }}`);
      expect(component).toContain(`${variable}: $[[ inputs.${name} ]]`);
    }
  });
  it("leaves waived findings out", async () => {
    const waiver =
      "- {rule: secrets-read, subject: ServiceAccount ns/bot, owner: ops, reason: trial, expires: 2999-12-31}";
    await writeFile(join(folder, "waivers.yaml"), waiver);
    const outcome = await shell(`docs/pipelines/rbac-diff.sh ${base} local`, { RBAC_WAIVERS: "waivers.yaml" });
    expect(outcome.code).toBe(0);
  });
  it("lets nothing pass that nobody can judge, unless it is told to", async () => {
    const release = (version: string) =>
      program('"pods"').replace(
        /\}\s*$/,
        `
        new k8s.apiextensions.CustomResource("chart", {
          apiVersion: "helm.toolkit.fluxcd.io/v2",
          kind: "HelmRelease",
          metadata: { name: "chart", namespace: "ns" },
          spec: { chart: { spec: { chart: "web", version: "${version}" } } },
        });
      }`,
      );
    await writeFile(join(folder, "index.ts"), release("1"));
    const before = await commit("Third");
    expect((await shell(`docs/pipelines/rbac-diff.sh ${before} local`)).code).toBe(0);
    await writeFile(join(folder, "index.ts"), release("2"));
    expect(await shell(`docs/pipelines/rbac-diff.sh ${before} local`)).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("local: the change brings what cannot be judged; see rbac-report/local.md"),
    });
    expect((await shell(`docs/pipelines/rbac-diff.sh ${before} local`, { RBAC_UNDECIDED: "pass" })).code).toBe(0);
  });
});
