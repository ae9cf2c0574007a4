import { copyFile, mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { CommentServer } from "../support/comment-server.ts";
import { createGitRepository, type GitRepository } from "../support/git-repository.ts";
import { packedPackage } from "../support/packed-package.ts";
import { progress } from "../support/progress.ts";
import { runProgram } from "../support/run-program.ts";
import { runWorkflow } from "../support/workflow-run.ts";
import { ensureWorkflowTools } from "../support/workflow-tools.ts";

const minutes = 60_000;
const stackFile = "stacks/Pulumi.dev.yaml";
let scratch: string;
let tools: string;
let tarball: string;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "edge-new-project-"));
  tools = await ensureWorkflowTools(progress);
  tarball = await packedPackage(scratch);
}, 15 * minutes);
afterAll(() => rm(scratch, { recursive: true, force: true }));

let comments: CommentServer;
let url: string;
beforeEach(async () => {
  comments = new CommentServer();
  url = await comments.start();
  return () => comments.stop();
});

interface Proposal {
  readonly repository: GitRepository;
  readonly base: string;
  readonly head: string;
}

/**
 * A project that `edgectl init` has made with the packed package alone, in a repository of its own, and a change of it. No
 * release is out, so the package lies in the repository.
 *
 * @param change of the stack's file
 */
async function propose(pipeline: "github" | "gitlab", change: (stack: string) => string): Promise<Proposal> {
  const repository = await createGitRepository(await mkdtemp(join(scratch, `${pipeline}-`)));
  const inProject = async (program: string, ...args: readonly string[]) => {
    const outcome = await runProgram(program, args, { cwd: repository.path });
    expect({ args, ...outcome }).toMatchObject({ code: 0 });
  };
  await mkdir(join(repository.path, "vendor"));
  await copyFile(tarball, join(repository.path, "vendor/pulumi-iotedge.tgz"));
  const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"];
  await inProject("npm", "install", ...options, "./vendor/pulumi-iotedge.tgz");
  await inProject(
    "npx",
    "--no-install",
    "edgectl",
    "init",
    "--name",
    "plant",
    "--stack",
    "dev",
    "--pipeline",
    pipeline,
  );
  const base = await repository.commit({});
  expect((await repository.git("ls-files")).split("\n")).not.toContain("node_modules/pulumi-iotedge/package.json");
  const stack = await readFile(join(repository.path, stackFile), "utf8");
  const head = await repository.commit({ [stackFile]: change(stack) });
  return { repository, base, head };
}

/** So that what EdgeAgent gains fails the pipeline: no setting of a stack gives anybody what counts as high. */
const threshold = { RBAC_FAIL_ON: "low" };
/** Lets EdgeAgent write pull Secrets. */
const withMoreRights = (stack: string) =>
  stack.replace("createNamespace: true\n", "createNamespace: true\n      edgeAgent: { registryCredentials: true }\n");
const withoutMoreRights = (stack: string) => `${stack}\n# Nothing that anybody may do is another.\n`;

describe("the pipeline of a project that edgectl init has made", { timeout: 15 * minutes }, () => {
  it.each([
    ["passes", withoutMoreRights, "RBAC: no permission change"],
    ["tells of what somebody gains", withMoreRights, "secrets"],
  ])("for GitHub %s, and comments once", async (_, change, told) => {
    const { repository, base, head } = await propose("github", change);
    const pullRequest = { number: 7, base: { sha: base }, head: { sha: head, repo: { full_name: "o/r" } } };
    const { code, stdout } = await runWorkflow({
      ...{ tools, scratch, repository: repository.path, workflow: ".github/workflows/rbac.yml" },
      event: "pull_request",
      payload: { pull_request: pullRequest, repository: { full_name: "o/r" } },
      env: { ...threshold, GITHUB_API_URL: url, GITHUB_REPOSITORY: "o/r" },
      secrets: { GITHUB_TOKEN: "token" },
    });
    expect(stdout).toContain(told);
    expect({ code, output: stdout.slice(-3000) }).toMatchObject({ code: change === withoutMoreRights ? 0 : 1 });
    expect(comments.comments).toEqual([{ id: 1000, body: expect.stringContaining(told) }]);
  });

  it.each([
    ["passes", withoutMoreRights, "RBAC: no permission change"],
    ["tells of what somebody gains", withMoreRights, "secrets"],
  ])("for GitLab %s, and comments once", async (_, change, told) => {
    const { repository, base } = await propose("gitlab", change);
    const { rbac } = parse(await readFile(join(repository.path, ".gitlab-ci.yml"), "utf8"));
    await rm(join(repository.path, "node_modules"), { recursive: true });
    const env = {
      ...rbac.variables,
      ...threshold,
      CI_MERGE_REQUEST_DIFF_BASE_SHA: base,
      CI_PROJECT_DIR: repository.path,
      CI_API_V4_URL: url,
      CI_PROJECT_ID: "1",
      CI_MERGE_REQUEST_IID: "7",
      GITLAB_TOKEN: "token",
      npm_config_prefer_offline: "true",
    };
    const bash = (lines: readonly string[]) =>
      runProgram("bash", ["--noprofile", "--norc", "-euo", "pipefail", "-c", lines.join("\n")], {
        cwd: repository.path,
        env,
      });
    const { code, stdout, stderr } = await bash(rbac.script);
    expect(stdout).toContain(told);
    const output = `${stdout}${stderr}`.slice(-3000);
    expect({ code, output }).toMatchObject({ code: change === withoutMoreRights ? 0 : 3 });
    expect(await readdir(join(repository.path, "rbac-report"))).toContain("dev.md");
    expect(await bash(rbac.after_script)).toMatchObject({ code: 0, stderr: "" });
    expect(comments.comments).toEqual([{ id: 1000, body: expect.stringContaining(told) }]);
  });
});
