import { execFile } from "node:child_process";
import { access, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type ProcessOwner, systemProcesses } from "../../../runtime/base/locks/process-owner.ts";
import { checkOut } from "./git-worktree.ts";

const run = promisify(execFile);
const { self } = systemProcesses();
/** Of a process that has ended. */
const dead: ProcessOwner = { ...self, pid: 99_999_999, startTime: "1" };
let scratch: string;
let project: string;

beforeEach(async () => {
  scratch = await realpath(await mkdtemp(join(tmpdir(), "edge-checkouts-")));
  vi.stubEnv("TMPDIR", scratch);
  project = join(scratch, "project");
  await mkdir(project);
  await writeFile(join(project, "Pulumi.yaml"), "name: a\n");
  await git("init", "--quiet");
  await git("add", ".");
  await git("-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "--quiet", "-m", "first");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(scratch, { recursive: true });
});

const git = async (...args: readonly string[]) => (await run("git", ["-C", project, ...args])).stdout;
const trees = async () => (await git("worktree", "list")).trim().split("\n").length - 1;
const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

/** A checkout that says that it belongs to that process. */
async function checkOutBy(owner: ProcessOwner | undefined): Promise<string> {
  const { directory } = await checkOut(project, "HEAD", []);
  const file = join(dirname(directory), "owner.json");
  if (owner === undefined) await rm(file);
  else await writeFile(file, JSON.stringify(owner));
  return directory;
}

test("a checkout and its folder go away with it", async () => {
  {
    await using tree = await checkOut(project, "HEAD", []);
    expect(await readFile(join(tree.directory, "Pulumi.yaml"), "utf8")).toBe("name: a\n");
    expect(await trees()).toBe(1);
  }
  expect(await trees()).toBe(0);
  expect(await exists(scratch)).toBe(true);
});

test("what a killed process has left goes away with the next checkout, git's record of it included", async () => {
  const left = await checkOutBy(dead);
  await using tree = await checkOut(project, "HEAD", []);
  expect(await exists(dirname(left))).toBe(false);
  expect(await exists(tree.directory)).toBe(true);
  expect(await trees()).toBe(1);
});

test.each([
  ["a process that runs", self],
  ["another machine", { ...dead, host: "elsewhere" }],
  ["nobody knows whom", undefined],
])("a checkout of %s stays", async (_, owner) => {
  const other = await checkOutBy(owner);
  await using _tree = await checkOut(project, "HEAD", []);
  expect(await exists(other)).toBe(true);
  expect(await trees()).toBe(2);
});
