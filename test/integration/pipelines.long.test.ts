import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { CommentServer } from "../support/comment-server.ts";
import { createGitRepository, type GitRepository } from "../support/git-repository.ts";
import { packedPackage } from "../support/packed-package.ts";
import { progress } from "../support/progress.ts";
import { runProgram } from "../support/run-program.ts";
import { runWorkflow } from "../support/workflow-run.ts";
import { ensureWorkflowTools } from "../support/workflow-tools.ts";

const checkout = resolve(import.meta.dirname, "../..");
const minutes = 60_000;
let scratch: string;
let tools: string;
let tarball: string;
/** A repository that holds manifests and nothing of this project, with a pull request that lets somebody read Secrets. */
let repository: GitRepository;
let base: string;
let head: string;

const manifests = (resource: string) => `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: reader }
rules: [{ apiGroups: [""], resources: [${resource}], verbs: [get] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: reader }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader }
subjects: [{ kind: ServiceAccount, namespace: ns, name: bot }]
`;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "edge-pipelines-"));
  tools = await ensureWorkflowTools(progress);
  tarball = await packedPackage(scratch);
  repository = await createGitRepository(join(scratch, "repository"));
  const pages = join(checkout, "docs/pipelines");
  base = await repository.commit({
    "deploy/reader.yaml": manifests("pods"),
    ".github/workflows/rbac.yml": await readFile(join(pages, "github-action.yml"), "utf8"),
  });
  const more = manifests("services");
  head = await repository.commit({ "deploy/reader.yaml": manifests("secrets"), "more/reader.yaml": more });
}, 15 * minutes);
afterAll(() => rm(scratch, { recursive: true, force: true }));

let comments: CommentServer;
let url: string;
beforeEach(async () => {
  comments = new CommentServer();
  url = await comments.start();
  return () => comments.stop();
});

/** What GitHub would download of this repository, as far as an action may need it. */
async function action(): Promise<string> {
  const folder = await mkdtemp(join(scratch, "action-"));
  for (const part of ["actions", "docs/pipelines", "package.json"])
    await cp(join(checkout, part), join(folder, part), { recursive: true });
  return folder;
}

async function pullRequest(edit: (workflow: string) => string, from = "o/r") {
  const workflow = ".github/workflows/rbac.yml";
  const text = await readFile(join(repository.path, workflow), "utf8");
  // No release is out, so the package is the one that was just packed.
  const edited = edit(text.replace("          sources: |", `          package: ${tarball}\n          sources: |`));
  await writeFile(join(repository.path, workflow), edited);
  try {
    return await runWorkflow({
      tools,
      scratch,
      repository: repository.path,
      workflow,
      event: "pull_request",
      payload: {
        pull_request: { number: 7, base: { sha: base }, head: { sha: head, repo: { full_name: from } } },
        repository: { full_name: "o/r" },
      },
      actions: { "OWNER/pulumi-iotedge@v0.1.0": await action() },
      env: { GITHUB_API_URL: url, GITHUB_REPOSITORY: "o/r" },
      secrets: { GITHUB_TOKEN: "token" },
    });
  } finally {
    await writeFile(join(repository.path, workflow), text);
  }
}

describe("the GitHub Action", { timeout: 10 * minutes }, () => {
  it("serves a repository of manifests: fails the pull request, comments once, gives SARIF", async () => {
    const first = await pullRequest((workflow) => workflow);
    expect(first.stdout).toContain("+ get on secrets");
    expect(first.code).toBe(1);
    expect((await pullRequest((workflow) => workflow)).code).toBe(1);
    expect(comments.comments).toEqual([
      { id: 1000, body: expect.stringMatching(/^<!-- edgectl-rbac:manifests-deploy -->[\s\S]*RBAC: 1 CRITICAL/) },
    ]);
    expect([...comments.credentials]).toEqual(["Bearer token"]);
    const { inputs } = first.calls.find((call) => call.action === "github/codeql-action/upload-sarif") ?? {};
    expect(inputs).toEqual({ category: "rbac", sarif_file: expect.stringMatching(/rbac-report$/) });
  });

  it("passes below its threshold, takes several sources, and leaves a fork's pull request without a comment", async () => {
    const several = (workflow: string) =>
      workflow.replace(
        "            manifests:deploy\n",
        "            manifests:deploy\n\n            manifests:more\n",
      );
    const failing = await pullRequest(several, "somebody/r");
    expect(failing).toMatchObject({ code: 1, stdout: expect.stringContaining("manifests more") });
    expect(failing.calls.map((call) => call.action)).toEqual(["actions/setup-node", "actions/upload-artifact"]);
    await repository.commit({ "waivers.yaml": waivers });
    const waived = await pullRequest((workflow) =>
      workflow.replace("          package:", "          waivers: waivers.yaml\n          package:"),
    );
    expect(waived).toMatchObject({ code: 0, stdout: expect.stringContaining("Job succeeded") });
    expect(comments.comments).toHaveLength(1);
  });

  it("says what is missing where a stack is to be compared without its project's own edgectl", async () => {
    const { code, stdout } = await pullRequest((workflow) =>
      workflow.replace("manifests:deploy", "factory-3").replace(/ +package: .*\n/, ""),
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringContaining("run npm ci in a step before") });
  });
});

const waivers =
  "- {rule: secrets-read, subject: ServiceAccount ns/bot, owner: ops, reason: trial, expires: 2999-12-31}";

interface Job {
  readonly script: readonly string[];
  readonly after_script: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
}

describe("the GitLab CI component", { timeout: 10 * minutes }, () => {
  const gitlabCi = join(checkout, "node_modules/gitlab-ci-local/dist/index.js");

  /** The pipeline as GitLab would have it, checked by GitLab's schema. */
  async function expanded(inputs: Readonly<Record<string, string>>): Promise<Readonly<Record<string, Job>>> {
    const project = await createGitRepository(await mkdtemp(join(scratch, "gitlab-")));
    await project.commit({
      "templates/rbac-diff.yml": await readFile(join(checkout, "templates/rbac-diff.yml"), "utf8"),
      ".gitlab-ci.yml": JSON.stringify({ include: [{ local: "templates/rbac-diff.yml", inputs }] }),
    });
    const { code, stdout, stderr } = await runProgram(process.execPath, [gitlabCi, "--preview"], { cwd: project.path });
    if (code !== 0) throw new Error(`${stdout}${stderr}`);
    return parse(stdout);
  }

  async function bash(lines: readonly string[], env: Readonly<Record<string, string>>) {
    return runProgram("bash", ["--noprofile", "--norc", "-euo", "pipefail", "-c", lines.join("\n")], {
      cwd: repository.path,
      env: { npm_config_prefer_offline: "true", ...env },
    });
  }

  it("serves a repository of manifests, and comments once", async () => {
    const pipeline = await expanded({ sources: "manifests:deploy\n", package: tarball, job: "permissions" });
    const job = pipeline.permissions;
    if (job === undefined) throw new Error("there is no job permissions");
    await repository.git("checkout", "--quiet", head);
    await mkdir(join(scratch, "repository.tmp"), { recursive: true });
    const { RBAC_DETAILS: _, ...variables } = job.variables;
    const env = {
      ...variables,
      CI_PROJECT_DIR: repository.path,
      CI_MERGE_REQUEST_DIFF_BASE_SHA: base,
      CI_API_V4_URL: url,
      CI_PROJECT_ID: "1",
      CI_MERGE_REQUEST_IID: "7",
    };
    expect(await bash(job.script, env)).toMatchObject({ code: 3, stdout: expect.stringContaining("+ get on secrets") });
    const reports = await readdir(join(repository.path, "rbac-report"));
    expect(reports.sort()).toEqual(["manifests-deploy.json", "manifests-deploy.md", "manifests-deploy.sarif"]);
    expect(await bash(job.after_script, env)).toMatchObject({ code: 0, stderr: "" });
    expect(comments.comments).toEqual([]);
    for (const _ of ["first", "second"])
      expect(await bash(job.after_script, { ...env, GITLAB_TOKEN: "token" })).toMatchObject({ code: 0, stderr: "" });
    expect(comments.comments).toHaveLength(1);
    expect([...comments.credentials]).toEqual(["token"]);
  });

  it("refuses inputs that it does not know, and asks for what it needs", async () => {
    await expect(expanded({})).rejects.toThrow(/sources/);
    await expect(expanded({ sources: "manifests:deploy", "fail-on": "never" })).rejects.toThrow(/fail-on/);
  });

  it("takes the version that this is", async () => {
    const { version } = JSON.parse(await readFile(join(checkout, "package.json"), "utf8"));
    const pipeline = await expanded({ sources: "manifests:deploy" });
    expect(pipeline["rbac-diff"]?.variables.RBAC_PACKAGE).toBe(`pulumi-iotedge@${version}`);
    for (const page of ["github-action.yml", "gitlab-component.yml"])
      expect(await readFile(join(checkout, "docs/pipelines", page), "utf8")).toContain(`/rbac-diff@v${version}\n`);
  });
});

describe("actionlint", () => {
  it("finds nothing in any workflow of this repository, its documentation and its projects", async () => {
    const pages = join(checkout, "docs/pipelines");
    const files = (await readdir(pages)).filter((file) => file.startsWith("github-")).map((file) => join(pages, file));
    const own = join(checkout, ".github/workflows");
    const workflows = (await readdir(own).catch(() => [])).map((file) => join(own, file));
    const made = join(scratch, "made");
    await runProgram(process.execPath, [
      join(checkout, "infra/edgectl/bin/edgectl.mjs"),
      ...["init", made, "--pipeline", "github"],
    ]);
    const all = [...files, ...workflows, join(made, ".github/workflows/rbac.yml")];
    expect(all.length).toBeGreaterThan(2);
    expect(await runProgram(join(tools, "actionlint"), ["-no-color", ...all])).toEqual({
      code: 0,
      stdout: "",
      stderr: "",
    });
  });
});
