import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ImageCache, openImageCache } from "./cache.ts";
import type { Toolbox } from "./command.ts";
import type { BuildContext } from "./context.ts";
import {
  filesOfPackage,
  missingPackages,
  newestPackages,
  parseContents,
  parseDepends,
  parseUris,
  unpackPackages,
} from "./debian-packages.ts";
import { lockedTree } from "./debian-tree.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const fileOf = (name: string, version: string) => `${name}_${version.replace(":", "%3a")}_amd64.deb`;
const one = (name: string, version: string) => ({
  name,
  version,
  file: fileOf(name, version),
  sha256: sha256(`${name} ${version}`),
});

/** Debian's mirror with a few packages in one version each: name -> field Depends. */
function fakeDebian(packages: Readonly<Record<string, string>>, version = "1:2") {
  const ran: string[] = [];
  const said: string[] = [];
  const nameOf = (path: string) => /([^/]+)_1%3a\d/.exec(path)?.[1] ?? "";
  const toolbox: Toolbox = {
    say: (line) => said.push(line),
    async run(program, args, options = {}) {
      ran.push([program, ...args].join(" "));
      const last = args.at(-1) ?? "";
      const offers = (wanted: string) => {
        const [name = "", exactly = version] = wanted.split("=");
        return name in packages && exactly === version;
      };
      if (args.includes("--print-uris")) {
        const wanted = args.slice(args.indexOf("download") + 1);
        if (!wanted.every(offers)) throw new Error("E: Unable to locate package");
        const lines = wanted.map((text) => one(text.split("=")[0] ?? "", version));
        return lines.map((p) => `'http://deb/${p.name}.deb' ${p.file} 10 SHA256:${p.sha256}\n`).join("");
      }
      if (args.includes("download")) {
        const [name = ""] = last.split("=");
        writeFileSync(join(options.cwd ?? "", fileOf(name, version)), `${name} ${version}`);
      }
      if (args[0] === "-f") return packages[nameOf(args[1] ?? "")] ?? "";
      if (args[0] === "-x") writeFileSync(join(last, nameOf(args[1] ?? "")), readFileSync(args[1] ?? ""));
      return "";
    },
  };
  return { toolbox, ran, said };
}

let cache: ImageCache;
const sources = { options: [], lists: "/nowhere" };
beforeEach(() => {
  cache = openImageCache(mkdtempSync(join(tmpdir(), "packages-")));
});
afterEach(() => rmSync(cache.directory, { recursive: true }));

const packages = {
  nginx: "libc6 (>= 2.34), libssl3, zlib1g (>= 1:1.1.4) | zlib-ng, iproute2, nginx-common (= 1)",
  libssl3: "libc6 (>= 2.34)",
  libc6: "libgcc-s1",
  "libgcc-s1": "gcc-12-base, libc6",
  "gcc-12-base": "",
  zlib1g: "libc6",
};

describe("the newest packages", () => {
  it("come with the libraries that they need, and are asked for once", async () => {
    const debian = fakeDebian(packages);
    const context = { toolbox: debian.toolbox, cache, sources };
    const found = await newestPackages(context, ["nginx"]);
    expect(found.map(({ name }) => name)).toEqual(["gcc-12-base", "libc6", "libgcc-s1", "libssl3", "nginx", "zlib1g"]);
    const tree = await unpackPackages(context, found);
    for (const { name } of found) expect(existsSync(join(tree, name))).toBe(true);

    debian.ran.length = 0;
    expect(await unpackPackages(context, await newestPackages(context, ["nginx"]))).toBe(tree);
    expect(debian.ran).toEqual([]);
  });

  it("names the package that is not to be had, after it has asked for newer lists", async () => {
    const debian = fakeDebian({ nginx: "libabsent" });
    const context = { toolbox: debian.toolbox, cache, sources };
    await expect(newestPackages(context, ["nginx"])).rejects.toMatchObject({
      code: "EDGE_IMAGES_PACKAGE_UNAVAILABLE",
      message: expect.stringContaining("libabsent"),
    });
    expect(debian.said).toContain("refreshing Debian's package lists");
  });
});

describe("locked packages", () => {
  const locked = [one("libssl3", "1:2"), one("nginx", "1:2")];
  const build = (toolbox: Toolbox, isLocked: boolean): BuildContext => ({ toolbox, cache, locked: isLocked });

  it("are taken as they are locked, and need no mirror when they are in the cache", async () => {
    const debian = fakeDebian(packages);
    const context = { toolbox: debian.toolbox, cache, sources };
    const { packages: taken } = await lockedTree(build(debian.toolbox, true), context, locked, "amd64");
    expect(taken).toBe(locked);
    const offline = fakeDebian({});
    expect(await missingPackages({ ...context, toolbox: offline.toolbox }, locked)).toEqual([]);
    expect(offline.ran).toEqual([]);
  });

  it("that the mirror has no more are refused by their names, with the command that locks newer ones", async () => {
    const debian = fakeDebian(packages, "1:3");
    const context = { toolbox: debian.toolbox, cache, sources };
    await expect(lockedTree(build(debian.toolbox, true), context, locked, "arm64")).rejects.toMatchObject({
      code: "EDGE_IMAGES_LOCK_UNAVAILABLE",
      message: "the mirror has no longer, for linux/arm64: libssl3 1:2, nginx 1:2",
      remedy: expect.stringContaining("edgectl images update"),
    });
  });

  it("give way to the mirror's newest, all of them, where that is not refused; and it is said", async () => {
    const newer = { libstdcpp: "", haproxy: "libssl3", "libstdc++6": "", libssl3: "" };
    const debian = fakeDebian(newer, "1:3");
    const context = { toolbox: debian.toolbox, cache, sources };
    const { packages: taken } = await lockedTree(build(debian.toolbox, false), context, locked, "amd64");
    expect(taken.map(({ name, version }) => `${name} ${version}`)).toEqual([
      "haproxy 1:3",
      "libssl3 1:3",
      "libstdc++6 1:3",
    ]);
    expect(debian.said.join("\n")).toContain("libssl3 1:2 -> 1:3");
    expect(debian.said.join("\n")).toContain("edgectl images update");
  });

  it("that are not what their hash says are refused, and not kept", async () => {
    const debian = fakeDebian(packages);
    const wrong = { ...one("nginx", "1:2"), sha256: sha256("other") };
    const context = { toolbox: debian.toolbox, cache, sources };
    await expect(unpackPackages(context, [wrong])).rejects.toMatchObject({ code: "EDGE_IMAGES_HASH" });
    expect(existsSync(await cache.path("packages", wrong.file))).toBe(false);
  });

  it("that were damaged in the cache are fetched again", async () => {
    const debian = fakeDebian(packages);
    const context = { toolbox: debian.toolbox, cache, sources };
    const [libssl3] = locked;
    writeFileSync(await cache.path("packages", libssl3?.file ?? ""), "damaged");
    const tree = await unpackPackages(context, locked);
    expect(readFileSync(join(tree, "libssl3"), "utf8")).toBe("libssl3 1:2");
  });
});

it("reads package names out of a Depends field", () => {
  expect(parseDepends("libc6 (>= 2.34), zlib1g | zlib-ng, libstdc++6:any,\n")).toEqual([
    "libc6",
    "zlib1g",
    "libstdc++6",
  ]);
  expect(parseDepends("")).toEqual([]);
});

it("reads packages out of apt's answer, and none whose file leaves the directory or has no hash", () => {
  const hash = "a".repeat(64);
  const output =
    `'http://d/p/nginx_1.deb' nginx_1%3a22-1+deb12_amd64.deb 5 SHA256:${hash}\n` +
    `'http://d/x' x_../../evil.deb 5 SHA256:${hash}\n'http://d/y' y_1_amd64.deb 5 MD5:${hash}\n`;
  expect(parseUris(output)).toEqual([
    { name: "nginx", version: "1:22-1+deb12", file: "nginx_1%3a22-1+deb12_amd64.deb", sha256: hash },
  ]);
  fc.assert(fc.property(fc.string(), (text) => parseUris(text).every(({ file }) => !file.includes("/"))));
});

it("reads paths out of a package's contents, of links too", async () => {
  const listing = `drwxr-xr-x root/root         0 2026-04-27 20:14 ./lib64/
-rw-r--r-- root/root     43 2026-04-27 20:14 ./usr/share/doc/a file
lrwxrwxrwx root/root         0 2026-04-27 20:14 ./lib64/ld.so.2 -> /lib/ld.so.2
`;
  expect(parseContents(listing)).toEqual(["/usr/share/doc/a file", "/lib64/ld.so.2"]);
  const toolbox: Toolbox = { say: () => {}, run: async () => listing };
  expect(await filesOfPackage({ toolbox, cache }, one("a", "1"))).toHaveLength(2);
});
