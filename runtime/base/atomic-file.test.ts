import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { draftFile, writeAtomically } from "./atomic-file.ts";

let directory: string;
let file: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "atomic-"));
  file = join(directory, "state.json");
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

describe("writeAtomically", () => {
  it("makes a file that only its mode lets others read", async () => {
    await writeAtomically(file, "new", { mode: 0o600 });
    expect(await readFile(file, "utf8")).toBe("new");
    expect(await modeOf(file)).toBe("600");
  });

  it("keeps the mode of the file that it replaces, unless it is told another", async () => {
    await writeFile(file, "old");
    await chmod(file, 0o640);
    await writeAtomically(file, "new");
    expect([await readFile(file, "utf8"), await modeOf(file)]).toEqual(["new", "640"]);
    await writeAtomically(file, "newer", { mode: 0o600 });
    expect(await modeOf(file)).toBe("600");
  });

  it.each(["real.json", "missing.json"])("writes to where a symbolic link points: %s", async (name) => {
    await mkdir(join(directory, "elsewhere"));
    await writeFile(join(directory, "elsewhere", "real.json"), "old");
    await symlink(join("elsewhere", name), join(directory, "middle"));
    await symlink("middle", file);
    await writeAtomically(file, "new");
    expect((await lstat(file)).isSymbolicLink()).toBe(true);
    expect(await readFile(join(directory, "elsewhere", name), "utf8")).toBe("new");
  });

  it("leaves no temporary file where it fails", async () => {
    await mkdir(join(file, "full"), { recursive: true });
    await expect(writeAtomically(file, "new")).rejects.toMatchObject({ code: expect.stringMatching(/^E/) });
    expect(await readdir(directory)).toEqual(["state.json"]);
    await symlink("loop", join(directory, "loop"));
    await expect(writeAtomically(join(directory, "loop"), "new")).rejects.toMatchObject({ code: "ELOOP" });
  });
});

describe("draftFile", () => {
  it("leaves the old content in place until it is kept, as a crash before that does", async () => {
    await writeFile(file, "old");
    const draft = await draftFile(file);
    await writeFile(draft.path, "new");
    expect(await readFile(file, "utf8")).toBe("old");
    await draft.keep();
    expect(await readFile(file, "utf8")).toBe("new");
  });

  it("leaves nothing but the old file behind when it is dropped, and the new one when it was kept", async () => {
    await writeFile(file, "old");
    {
      await using draft = await draftFile(file);
      await writeFile(draft.path, "half");
    }
    expect([await readdir(directory), await readFile(file, "utf8")]).toEqual([["state.json"], "old"]);
    {
      await using draft = await draftFile(file);
      await writeFile(draft.path, "new");
      await draft.keep();
    }
    expect([await readdir(directory), await readFile(file, "utf8")]).toEqual([["state.json"], "new"]);
  });
});
