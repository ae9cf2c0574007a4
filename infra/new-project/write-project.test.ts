import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
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

const write = (into = directory) => writeProject(into, files, "1.0.0");

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

  it("names the file that cannot be written, and why", async () => {
    const file = join(root, "taken");
    await writeFile(file, "mine");
    for (const into of [file, join(file, "below")])
      await expect(write(into)).rejects.toMatchObject({
        code: "EDGE_INIT_UNWRITABLE",
        message: `${join(into, "index.ts")} cannot be written: a file stands where its directory has to be`,
      });
  });

  it("writes nothing where a directory stands in a file's place", async () => {
    await mkdir(join(directory, "stacks/Pulumi.dev.yaml"), { recursive: true });
    await expect(write()).rejects.toMatchObject({
      code: "EDGE_INIT_UNWRITABLE",
      message: expect.stringMatching(/stacks\/Pulumi\.dev\.yaml cannot be written: a directory stands in its place$/),
    });
    await expect(stat(join(directory, "index.ts"))).rejects.toThrow("ENOENT");
  });

  it.each([
    ["{", "it is not JSON"],
    ["[]", "it is no JSON object"],
    ['{"type":"commonjs"}', 'its "type" is not "module"'],
  ])("refuses a package.json of %s and keeps it", async (text, problem) => {
    const file = join(directory, "package.json");
    await mkdir(directory, { recursive: true });
    await writeFile(file, text);
    await expect(write()).rejects.toMatchObject({
      code: "EDGE_INIT_PACKAGE",
      message: `${file} cannot be used: ${problem}`,
    });
    expect(await readFile(file, "utf8")).toBe(text);
  });
});
