import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ImageCache, openImageCache } from "./cache.ts";
import type { Toolbox } from "./command.ts";
import { parseDepends, parseUris, unpackPackages } from "./debian-packages.ts";

/** Debian with a few packages: name -> field Depends. */
function fakeDebian(packages: Readonly<Record<string, string>>) {
  const ran: string[] = [];
  const toolbox: Toolbox = {
    say: () => {},
    async run(program, args, options = {}) {
      ran.push([program, ...args].join(" "));
      const last = args.at(-1) ?? "";
      if (args.includes("--print-uris")) {
        const names = args.filter((name) => name in packages);
        return names.map((name) => `'http://deb/${name}.deb' ${name}_1%3a2_amd64.deb 10 SHA256:aa\n`).join("");
      }
      if (args.includes("download")) writeFileSync(join(options.cwd ?? "", `${last}_1%3a2_amd64.deb`), last);
      if (args[0] === "-f") return packages[/([^/]+)_1%3a2/.exec(args[1] ?? "")?.[1] ?? ""] ?? "";
      if (args[0] === "-x") writeFileSync(join(last, /([^/]+)_1%3a2/.exec(args[1] ?? "")?.[1] ?? ""), "");
      return "";
    },
  };
  return { toolbox, ran };
}

let cache: ImageCache;
const sources = { options: [], lists: "/nowhere", ofMachine: false };
beforeEach(() => {
  cache = openImageCache(mkdtempSync(join(tmpdir(), "packages-")));
});
afterEach(() => rmSync(cache.directory, { recursive: true }));

describe("unpackPackages", () => {
  const packages = {
    nginx: "libc6 (>= 2.34), libssl3, zlib1g (>= 1:1.1.4) | zlib-ng, iproute2, nginx-common (= 1)",
    libssl3: "libc6 (>= 2.34)",
    libc6: "libgcc-s1",
    "libgcc-s1": "gcc-12-base, libc6",
    zlib1g: "libc6",
  };

  it("unpacks the packages and the libraries that they need, once", async () => {
    const debian = fakeDebian(packages);
    const tree = await unpackPackages({ toolbox: debian.toolbox, cache, sources }, ["nginx"]);
    for (const name of ["nginx", "libssl3", "libc6", "libgcc-s1", "zlib1g"])
      expect(existsSync(join(tree, name))).toBe(true);
    expect(debian.ran.join("\n")).not.toMatch(/nginx-common|iproute2|gcc-12-base/);

    debian.ran.length = 0;
    expect(await unpackPackages({ toolbox: debian.toolbox, cache, sources }, ["nginx"])).toBe(tree);
    expect(debian.ran).toEqual([]);
  });

  it("names the package that is not to be had", async () => {
    const debian = fakeDebian({ nginx: "libabsent" });
    await expect(unpackPackages({ toolbox: debian.toolbox, cache, sources }, ["nginx"])).rejects.toMatchObject({
      code: "EDGE_IMAGES_PACKAGE_UNAVAILABLE",
      message: expect.stringContaining("libabsent"),
    });
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

it("reads file names out of apt's answer, and none that leaves the directory", () => {
  const output =
    "'http://d/p/nginx_1.deb' nginx_1%3a22-1+deb12_amd64.deb 5 SHA256:aa\n'http://d/x' x_../../evil.deb 5 SHA256:aa\n";
  expect([...parseUris(output)]).toEqual([["nginx", "nginx_1%3a22-1+deb12_amd64.deb"]]);
  fc.assert(fc.property(fc.string(), (text) => [...parseUris(text).values()].every((file) => !file.includes("/"))));
});
