import { execFileSync } from "node:child_process";
import { chmod, link, mkdir, mkdtemp, readdir, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { listName, openArchive } from "./archive.ts";

const { signal } = new AbortController();
const image = {
  key: "iotedged",
  source: "r.example.com/iotedged:1",
  place: "iotedged",
  tag: "1",
  digest: `sha256:${"a".repeat(64)}`,
  layout: "oci",
};
let directory: string;
/** What is packed, as somebody else has made it. */
let content: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "edge-archive-"));
  content = join(directory, "content");
  await mkdir(content);
  await writeFile(join(content, listName), JSON.stringify({ version: 1, images: [image] }));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function packed(...options: readonly string[]): string {
  const file = join(directory, "images.tar");
  execFileSync("tar", ["-c", ...options, "-f", file, "-C", content, "."]);
  return file;
}
const refusal = (file: string) => openArchive(file, signal).then(String, String);
const replaceListBy = async (make: (file: string) => unknown) => {
  const file = join(content, listName);
  await rm(file);
  await make(file);
};

describe("an archive of images that others have made", () => {
  it("is opened for its user alone, with none of the rights that it has written, and goes again", async () => {
    await writeFile(join(content, "shell"), "");
    await chmod(join(content, "shell"), 0o6777);
    await chmod(content, 0o777);
    const archive = await openArchive(packed(), signal);
    expect(archive.images).toEqual([image]);
    expect((await stat(join(archive.directory, ".."))).mode & 0o777).toBe(0o700);
    expect((await stat(join(archive.directory, "shell"))).mode & 0o6022).toBe(0);
    await archive[Symbol.asyncDispose]();
    await expect(readdir(join(archive.directory, ".."))).rejects.toThrow("ENOENT");
  });

  it.each<[string, (file: string) => unknown]>([
    ["a link to what never ends", (file) => symlink("/dev/zero", file)],
    ["a pipe that nobody writes to", (file) => execFileSync("mkfifo", [file])],
    [
      "a link within it",
      async (file) => {
        await writeFile(join(content, "other"), "{}");
        await symlink("other", file);
      },
    ],
  ])("is refused, packed and as a folder, when its list is %s", async (_, make) => {
    await replaceListBy(make);
    const told = `"${listName}" in it is neither a file nor a folder`;
    expect(await refusal(content)).toContain(told);
    expect(await refusal(packed())).toContain(told);
  });

  it("is refused when a blob is a link to a file of this machine", async () => {
    await mkdir(join(content, "blobs"));
    await symlink("/etc/passwd", join(content, "blobs", "x"));
    expect(await refusal(packed())).toContain('"x" in it is neither a file nor a folder');
  });

  it.each(["gzip", "bzip2"])("is refused when it is compressed by %s, before anything is unpacked", async (program) => {
    expect(await refusal(packed(`--${program}`))).toContain("it is no archive of tar, or a compressed one");
  });

  it("is refused when it holds more than it is large", async () => {
    const large = join(content, "large");
    await writeFile(large, "");
    await truncate(large, 64 * 1024 * 1024);
    expect(await refusal(packed("--sparse"))).toContain("its files are larger than the archive");
    await rm(large);
    await writeFile(large, Buffer.alloc(100_000));
    for (const copy of ["a", "b", "c"]) await link(large, join(content, copy));
    expect(await refusal(packed())).toContain("its files are larger than the archive");
  });

  it("is refused when it is a device", async () => {
    expect(await refusal("/dev/zero")).toContain("it is neither a file nor a folder");
  });
});
