import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type ImageCache, openImageCache } from "./cache.ts";
import { packageSources } from "./package-sources.ts";

let cache: ImageCache;
beforeEach(() => {
  cache = openImageCache(mkdtempSync(join(tmpdir(), "sources-")));
});
afterEach(() => rmSync(cache.directory, { recursive: true }));

it.each(["VERSION_CODENAME=bookworm", 'ID=debian\nVERSION_CODENAME="bookworm"\n'])(
  "uses the machine's own sources on Debian 12 (%j)",
  async (osRelease) => {
    expect(await packageSources(cache, osRelease)).toEqual({
      options: [],
      lists: "/var/lib/apt/lists",
      ofMachine: true,
    });
  },
);

it.each(["", "VERSION_CODENAME=trixie", "VERSION_CODENAME=bookworm-like"])(
  "uses signed sources of Debian 12, apart from the machine's, elsewhere (%j)",
  async (osRelease) => {
    const sources = await packageSources(cache, osRelease);
    expect(sources.ofMachine).toBe(false);
    expect(sources.lists.startsWith(cache.directory)).toBe(true);
    expect(sources.options).toContain(`Dir::State::lists=${sources.lists}`);
    const list = readFileSync(join(cache.directory, "apt", "bookworm", "sources.list"), "utf8");
    expect(
      list.match(/^deb \[signed-by=\S+\] http:\/\/deb\.debian\.org\/\S+ bookworm(-security)? main$/gm),
    ).toHaveLength(2);
  },
);
