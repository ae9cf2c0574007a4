import { execFile } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createGitRepository } from "../support/git-repository.ts";
import { progress } from "../support/progress.ts";
import { runProgram } from "../support/run-program.ts";
import { runWorkflow } from "../support/workflow-run.ts";
import { ensureWorkflowTools } from "../support/workflow-tools.ts";

const checkout = resolve(import.meta.dirname, "../..");
const minutes = 60_000;
const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
let scratch: string;
let tools: string;
/** A checkout of this project, one commit after `npm run release`. */
let repository: string;
let version: string;
let log: string;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "edge-release-"));
  tools = await ensureWorkflowTools(progress);
  repository = join(scratch, "repository");
  log = join(scratch, "programs.log");
  const { stdout } = await promisify(execFile)("git", ["ls-files", "-z"], { cwd: checkout, maxBuffer: 1e8 });
  for (const file of stdout.split("\0").filter(Boolean)) {
    await mkdir(dirname(join(repository, file)), { recursive: true });
    await cp(join(checkout, file), join(repository, file));
  }
  const main = join(checkout, "infra/package/release/main.ts");
  const args = ["--disable-warning=ExperimentalWarning", main, "--project", repository, "--date", "2026-11-30"];
  const released = await runProgram(process.execPath, args);
  expect(released).toMatchObject({ code: 0, stderr: "" });
  [version = ""] = released.stdout.split("\n");
  const { git, commit } = await createGitRepository(repository);
  await commit({});
  await git("tag", `v${version}`);
  await writePrograms();
}, 15 * minutes);
afterAll(() => rm(scratch, { recursive: true, force: true }));
beforeEach(() => writeFile(log, ""));

/**
 * What a dry run must not do is written down instead: publish, sign, install packages of Debian, build and push images,
 * and run all tests. Everything else runs as it is.
 */
async function writePrograms(): Promise<void> {
  const images = { iotedged: "a", edgeAgent: "b", proxy: "c" };
  const references = Object.entries(images).map(([name, letter]) => [
    name,
    `registry.example/o/r/${name}@${digest(letter)}`,
  ]);
  const built = JSON.stringify({
    ...Object.fromEntries(references),
    modules: { sample: `registry.example/o/r/s@${digest("d")}` },
  });
  const older = JSON.stringify({
    ...Object.fromEntries(references),
    proxy: `registry.example/o/r/proxy@${digest("0")}`,
  });
  const npm = (await runProgram("bash", ["-c", "command -v npm"])).stdout.trim();
  const programs: Readonly<Record<string, string>> = {
    sudo: "",
    skopeo: "cat > /dev/null",
    cosign: "",
    gh: `case "$2" in
      view) echo v${version} ;;
      download) echo '${older}' > .edge/released/released-images.json ;;
    esac`,
    npm: `case "$1" in
      ci) ln -s ${checkout}/node_modules node_modules ;;
      test | publish) ;;
      run) case "$*" in
        *"images push"*) mkdir -p .edge; echo '${built}' > .edge/images.json ;;
        *"images update"*) ;;
        *) exec ${npm} "$@" ;;
      esac ;;
      *) exec ${npm} "$@" ;;
    esac`,
  };
  await mkdir(join(scratch, "bin"));
  for (const [name, body] of Object.entries(programs)) {
    const file = join(scratch, "bin", name);
    await writeFile(file, `#!/usr/bin/env bash\nprintf '%s\\n' "${name} $*" >> ${log}\n${body}\n`);
    await chmod(file, 0o755);
  }
}

async function run(workflow: string, event: string, payload: object) {
  const outcome = await runWorkflow({
    tools,
    scratch,
    repository,
    workflow: `.github/workflows/${workflow}`,
    event,
    payload: { ...payload, repository: { full_name: "O/r", default_branch: "main" } },
    env: { GITHUB_REPOSITORY: "O/r", GITHUB_ACTOR: "o" },
    secrets: { GITHUB_TOKEN: "token", NPM_TOKEN: "npm-token" },
    variables: { IMAGE_REGISTRY: "registry.example", NPM_REGISTRY: "https://npm.example" },
    programs: join(scratch, "bin"),
  });
  const calls = (await readFile(log, "utf8")).split("\n").filter(Boolean);
  return { ...outcome, calls, actions: outcome.calls };
}

const stagesWithoutCluster = "npm test -- lint types unit integration";

describe("the workflows of this repository, dry", { timeout: 15 * minutes }, () => {
  it("CI runs all stages but the end-to-end tests", async () => {
    const { code, stdout, calls } = await run("ci.yml", "pull_request", { pull_request: { number: 1 } });
    expect({ code, output: code === 0 ? "" : stdout }).toEqual({ code: 0, output: "" });
    expect(calls.at(-1)).toBe(stagesWithoutCluster);
  });

  it("a release tests first, signs each image by its digest, packs with them, publishes with provenance and notes", async () => {
    const { code, stdout, calls, actions } = await run("release.yml", "push", { ref: `refs/tags/v${version}` });
    expect({ code, output: code === 0 ? "" : stdout }).toEqual({ code: 0, output: "" });
    const told = calls.filter((call) => /^(cosign|gh|npm (test|publish))/.test(call));
    expect(told).toEqual([
      stagesWithoutCluster,
      `cosign sign --yes registry.example/o/r/iotedged@${digest("a")}`,
      `cosign sign --yes registry.example/o/r/edgeAgent@${digest("b")}`,
      `cosign sign --yes registry.example/o/r/proxy@${digest("c")}`,
      expect.stringMatching(/^npm publish \S+pulumi-iotedge-[\d.]+\.tgz --provenance --access public$/),
      expect.stringMatching(`^gh release create v${version} --verify-tag .*sbom\\.spdx\\.json$`),
    ]);
    expect(calls).toContainEqual(
      expect.stringMatching(
        /^npm run .*images push --registry registry\.example\/o\/r --platform linux\/amd64,linux\/arm64 --source \S+\/O\/r --revision [0-9a-f]{40} --locked$/,
      ),
    );
    expect(calls.join("\n")).not.toContain("token");
    const attested = actions.find(({ action }) => action === "actions/attest-build-provenance");
    expect(attested?.inputs).toEqual({ "subject-path": expect.stringContaining(`pulumi-iotedge-${version}.tgz`) });
  });

  it("a tag of another version releases nothing", async () => {
    const { code, stdout, calls } = await run("release.yml", "push", { ref: "refs/tags/v9.9.9" });
    expect(code).toBe(1);
    expect(stdout).toContain("The tag is v9.9.9");
    expect(calls).toEqual([]);
  });

  it("a rebuild signs and publishes images that differ from the release's", async () => {
    const { code, stdout, calls } = await run("rebuild.yml", "schedule", {});
    expect({ code, output: code === 0 ? "" : stdout }).toEqual({ code: 0, output: "" });
    expect(stdout).toContain(`New images of v${version}: proxy`);
    const images = calls.filter((call) => call.includes(" images ")).map((call) => /images \w+/.exec(call)?.[0]);
    expect(images).toEqual(["images update", "images push"]);
    expect(calls.join("\n")).not.toContain("--locked");
    expect(calls.filter((call) => call.startsWith("cosign"))).toContain(
      `cosign sign --yes registry.example/o/r/proxy@${digest("c")}`,
    );
    expect(calls.at(-1)).toMatch(new RegExp(`^gh release upload v${version} \\.edge/released-images\\.rebuilt-\\d+`));
  });
});

it("npm run release names the version everywhere, and the changelog has its section", async () => {
  const read = (file: string) => readFile(join(repository, file), "utf8");
  expect(JSON.parse(await read("package.json")).version).toBe(version);
  const lock = JSON.parse(await read("package-lock.json"));
  expect([lock.version, lock.packages[""].version]).toEqual([version, version]);
  expect(await read("templates/rbac-diff.yml")).toContain(`default: pulumi-iotedge@${version}\n`);
  expect(await read("docs/pipelines/github-action.yml")).toContain(`/rbac-diff@v${version}\n`);
  expect(await read("CHANGELOG.md")).toContain(`## Unreleased\n\n## ${version} - 2026-11-30\n`);
});
