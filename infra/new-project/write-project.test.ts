import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeProject } from "./write-project.ts";

const files = new Map([
  ["index.ts", "export {};\n"],
  ["stacks/Pulumi.dev.yaml", "config:\n"],
]);

let root: string;
let directory: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "edge-init-"));
  directory = join(root, "project");
});
afterEach(() => rm(root, { recursive: true }));

const write = () => writeProject(directory, files, "1.0.0");

describe("writeProject", () => {
  it("writes what is missing, and the second time nothing", async () => {
    expect((await write()).map(({ state }) => state)).toEqual(["created", "created", "created"]);
    expect((await write()).map(({ state }) => state)).toEqual(["unchanged", "unchanged", "unchanged"]);
    expect(await readFile(join(directory, "index.ts"), "utf8")).toBe("export {};\n");
  });

  it.each(["index.ts", "package.json"])("writes nothing where %s is a link that leads nowhere", async (file) => {
    await writeProject(directory, new Map(), "1.0.0");
    await rm(join(directory, "package.json"));
    await symlink(join(root, "elsewhere"), join(directory, file));
    await expect(write()).rejects.toMatchObject({ code: expect.stringMatching(/^EDGE_INIT_/) });
    expect(await readdir(root)).toEqual(["project"]);
    expect(await readdir(directory)).toEqual([file]);
  });

  it("replaces nothing of other content", async () => {
    await write();
    await writeFile(join(directory, "index.ts"), "mine");
    await expect(write()).rejects.toMatchObject({ code: "EDGE_INIT_EXISTS" });
    expect(await readFile(join(directory, "index.ts"), "utf8")).toBe("mine");
  });
});
