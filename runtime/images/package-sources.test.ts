import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ImageCache, openImageCache } from "./cache.ts";
import { chooseMirrors, debianKeyring, packageSources, readMachineSources } from "./package-sources.ts";

let cache: ImageCache;
beforeEach(() => {
  cache = openImageCache(mkdtempSync(join(tmpdir(), "sources-")));
});
afterEach(() => rmSync(cache.directory, { recursive: true }));

const official = { debian: "http://deb.debian.org/debian", security: "http://deb.debian.org/debian-security" };

it("has signed sources of Debian 12 for each architecture, apart from the machine's", async () => {
  const options = { keyring: "/keys.gpg", mirrors: official };
  const [amd64, arm64] = [await packageSources(cache, "amd64", options), await packageSources(cache, "arm64", options)];
  expect(amd64.lists.startsWith(cache.directory)).toBe(true);
  expect(amd64.lists).not.toBe(arm64.lists);
  expect(arm64.options).toEqual(
    expect.arrayContaining(["APT::Architecture=arm64", `Dir::State::lists=${arm64.lists}`]),
  );
  expect(arm64.options).toContain("Acquire::Check-Valid-Until=true");
  expect(readFileSync(join(cache.directory, "apt/bookworm-arm64/sources.list"), "utf8")).toBe(
    "deb [signed-by=/keys.gpg] http://deb.debian.org/debian bookworm main\n" +
      "deb [signed-by=/keys.gpg] http://deb.debian.org/debian-security bookworm-security main\n",
  );
});

describe("chooseMirrors", () => {
  const deb822 = `Types: deb
# http://snapshot.example/archive
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security/
Suites: bookworm-security
Components: main contrib`;
  const lines = `deb-src http://source.example/debian bookworm main
deb [arch=amd64 signed-by=/x.gpg] https://lines.example/debian bookworm main contrib
deb https://lines.example/debian-security bookworm-security main`;

  it("uses those of a machine that is a Debian 12, in either format", () => {
    expect(chooseMirrors({}, ["", deb822])).toEqual({
      debian: "http://mirror.example/debian",
      security: "http://mirror.example/debian-security/",
    });
    expect(chooseMirrors({}, [lines])).toEqual({
      debian: "https://lines.example/debian",
      security: "https://lines.example/debian-security",
    });
  });

  it.each([
    ["another release", deb822.replaceAll("bookworm", "trixie")],
    ["sources that are turned off", deb822.replaceAll("Types:", "Enabled: no\nTypes:")],
    [
      "packages of somebody else",
      "deb https://vendor.example/linux/debian bookworm stable\ndeb https://v.example/node bookworm main",
    ],
  ])("uses Debian's on %s", (_what, text) => {
    expect(chooseMirrors({}, [text])).toEqual(official);
  });

  it("uses those that the environment names first", () => {
    const environment = { EDGE_DEBIAN_MIRROR: "http://a/debian", EDGE_DEBIAN_SECURITY_MIRROR: "http://b/s" };
    expect(chooseMirrors(environment, [deb822])).toEqual({ debian: "http://a/debian", security: "http://b/s" });
  });

  it("reads any file", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => chooseMirrors({}, [text]).debian.startsWith("http")),
    );
  });
});

it("accepts a snapshot of the past", async () => {
  const mirrors = { debian: "http://snapshot.example/archive/debian/20261130T000000Z", security: official.security };
  const { options } = await packageSources(cache, "amd64", { keyring: "/k", mirrors });
  expect(options).toContain("Acquire::Check-Valid-Until=false");
});

it("reads the files that apt reads, and no others", async () => {
  mkdirSync(join(cache.directory, "sources.list.d"));
  writeFileSync(join(cache.directory, "sources.list.d/a.sources"), "a");
  writeFileSync(join(cache.directory, "sources.list.d/b.list.save"), "b");
  expect(await readMachineSources(cache.directory)).toEqual(["", "a"]);
});

it("finds Debian's keys by either name, and says how to get them", async () => {
  const file = join(cache.directory, "keyring.pgp");
  writeFileSync(file, "");
  expect(await debianKeyring(["/absent.gpg", file])).toBe(file);
  await expect(debianKeyring(["/absent.gpg"])).rejects.toMatchObject({
    code: "EDGE_IMAGES_KEYRING_MISSING",
    remedy: expect.stringContaining("apt-get install debian-archive-keyring"),
  });
});
