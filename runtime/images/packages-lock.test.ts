import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packagesLockFile, readPackagesLock } from "./packages-lock.ts";

let directory: string;
let own: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "edge-lock-"));
  own = await readFile(packagesLockFile, "utf8");
});
afterAll(() => rm(directory, { recursive: true }));

async function read(text: string): Promise<unknown> {
  const path = join(directory, "packages.lock.json");
  await writeFile(path, text);
  return readPackagesLock(path);
}

it("is what is committed, with packages for both platforms", async () => {
  expect(await read(own)).toEqual(JSON.parse(own));
});

type Lock = { debian: { amd64: object[]; arm64: object[] }; node: Record<string, unknown> } & Record<string, unknown>;

/** The committed one with one thing changed. */
function changed(change: (lock: Lock) => void): string {
  const lock: Lock = JSON.parse(own);
  change(lock);
  return JSON.stringify(lock);
}

const changedPackage = (change: object) =>
  changed(({ debian }) => {
    debian.amd64[0] = { ...debian.amd64[0], ...change };
  });

/** A lock file comes with a commit or a pull request, and names what is fetched, unpacked and run. */
describe("a lock file that somebody has made up is refused", () => {
  it.each<[string, () => string, RegExp]>([
    ["larger than any", () => `${own.trimEnd()}${" ".repeat(2 ** 20)}`, /larger than 1 MiB/],
    ["nested without end", () => `${"[".repeat(400_000)}${"]".repeat(400_000)}`, /is no lock file/],
    [
      "nested deep in a value",
      () => changed(({ node }) => Object.assign(node, { amd64: JSON.parse(`${"[".repeat(99)}${"]".repeat(99)}`) })),
      /is no lock file/,
    ],
    ["with a key of all objects", () => own.replace("{", '{"__proto__": {"polluted": true},'), /is no lock file/],
    [
      "with that key in a package",
      () => own.replace('"name"', '"__proto__": {"polluted": true}, "name"'),
      /is no lock file/,
    ],
    [
      "with another key of objects",
      () => own.replace("{", '{"constructor": {"prototype": {"polluted": true}},'),
      /is no lock file/,
    ],
    [
      "with an architecture more",
      () => changed(({ debian }) => Object.assign(debian, { toString: debian.amd64 })),
      /debian/,
    ],
    [
      "with more packages than an image has",
      () => changed(({ debian }) => Object.assign(debian, { amd64: Array(201).fill(debian.amd64[0]) })),
      /debian\/amd64/,
    ],
    [
      "with an option in place of a name",
      () => changedPackage({ name: "--allow-unauthenticated" }),
      /debian\/amd64\/0\/name/,
    ],
    [
      "with an option in place of a version",
      () => changedPackage({ version: "1 -o Dir=/" }),
      /debian\/amd64\/0\/version/,
    ],
    [
      "with a path in place of a file",
      () => changedPackage({ file: "a_../../../etc/x.deb" }),
      /debian\/amd64\/0\/file/,
    ],
    ["with a short hash", () => changedPackage({ sha256: "00" }), /debian\/amd64\/0\/sha256/],
    [
      "with a path in place of Node's version",
      () => changed(({ node }) => Object.assign(node, { version: "../24.0.0" })),
      /node\/version/,
    ],
    ["that is no JSON", () => own.slice(0, -10), /it is no JSON/],
  ])("%s", async (_, text, message) => {
    await expect(read(text())).rejects.toMatchObject({
      code: "EDGE_IMAGES_LOCK_INVALID",
      message: expect.stringMatching(message),
    });
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});
