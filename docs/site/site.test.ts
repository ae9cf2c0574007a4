import { execFile } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, posix, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decisionSources } from "./build.ts";
import { siteConfig } from "./config.ts";
import { navigation } from "./navigation.ts";
import { pagesOf, sitePage, sources } from "./stage.ts";

const root = resolve(import.meta.dirname, "../..");
const run = promisify(execFile);
const build = (...args: string[]) =>
  run(process.execPath, [join(import.meta.dirname, "main.ts"), ...args], { cwd: root });

describe("the navigation", () => {
  it("has every page of docs/, each once", () => {
    expect([...sources].sort()).toEqual([...new Set(sources)].sort());
    const pages = globSync("docs/**/*.md", { cwd: root })
      .filter((file) => !decisionSources.includes(file))
      // Parts of docs/rbac-gitops.md, which shows them.
      .filter((file) => !file.startsWith("docs/rbac-gitops/"));
    expect(sources.filter((file) => file.startsWith("docs/")).sort()).toEqual(pages.sort());
    expect(decisionSources.length).toBeGreaterThan(5);
  });

  it("calls no two pages the same", () => {
    const names = navigation.flatMap(({ entries }) => entries.map(({ text }) => text));
    expect(new Set(names).size).toBe(names.length);
  });
});

describe("a page of the site", () => {
  const pages = pagesOf(root, decisionSources);
  const taken: [string, string][] = [];
  const made = (source: string, text: string) => sitePage(source, text, pages, (...one) => taken.push(one));

  it("leads to other pages where they are on the site", () => {
    expect(made("README.md", "[a](docs/keys.md#ciphertexts) [b](docs/decisions) [c](SECURITY.md)")).toBe(
      "[a](./keys.md#ciphertexts) [b](./decisions/index.md) [c](./security-policy.md)",
    );
    expect(made("docs/pipelines/README.md", "[a](../rbac-diff.md) [b](https://example.com) [c](#d)")).toBe(
      "[a](../rbac-diff.md) [b](https://example.com) [c](#d)",
    );
  });

  it("brings along what it shows, and names the source code", () => {
    expect(made("docs/languages.md", "[a](../examples/go/main.go) ![b](images/c.svg) [d](../infra/program.ts)")).toBe(
      "[a](/files/examples/go/main.go.txt) ![b](./images/c.svg) d",
    );
    expect(taken).toEqual([
      ["examples/go/main.go", "public/files/examples/go/main.go.txt"],
      ["docs/images/c.svg", "images/c.svg"],
    ]);
  });
});

describe("the built site", () => {
  const base = "/below/a/path/";
  let directory: string;
  let html: ReadonlyMap<string, string>;
  let printed: string;

  beforeAll(async () => {
    mkdirSync(join(root, ".edge"), { recursive: true });
    directory = mkdtempSync(join(root, ".edge/site-test-"));
    const { stdout, stderr } = await build("--base", base, "--out", directory);
    printed = stdout + stderr;
    const files = globSync("**/*.html", { cwd: join(directory, "html") });
    html = new Map(files.map((file) => [file, readFileSync(join(directory, "html", file), "utf8")]));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  /** VitePress' esbuild is older than the project's, and reads its tsconfig.json. */
  it("is built without a warning", () => expect(printed).not.toMatch(/warning/i));

  it("has all pages, and an index to search them", () => {
    const expected = [...pagesOf(root, decisionSources).values()].map((page) => page.replace(/md$/, "html"));
    expect([...html.keys()].sort()).toEqual(["404.html", ...expected].sort());
    const [index = ""] = globSync("html/assets/chunks/@localSearchIndex*.js", { cwd: directory });
    expect(readFileSync(join(directory, index), "utf8")).toContain("EDGE_APPLY_FAILED");
  });

  it("has links to pages, files and headings that exist, all of them below its path", () => {
    const assets = new Set(globSync("**/*", { cwd: join(directory, "html") }));
    const lost: string[] = [];
    for (const [file, text] of html) {
      for (const [, attribute = ""] of text.matchAll(/\s(?:href|src)="([^"]*)"/g)) {
        if (/^(https?:|data:|mailto:)/.test(attribute)) continue;
        const url = new URL(attribute, `http://site${base}${file}`);
        const path = decodeURIComponent(url.pathname);
        const target = path.slice(base.length).replace(/(^|\/)$/, "$1index.html");
        const anchor = decodeURIComponent(url.hash.slice(1));
        const page = html.get(target) ?? html.get(`${target}.html`);
        const isThere = path.startsWith(base) && (page !== undefined || assets.has(posix.normalize(target)));
        if (!isThere || (anchor !== "" && !page?.includes(` id="${anchor}"`))) lost.push(`${file}: ${attribute}`);
      }
    }
    expect(lost).toEqual([]);
  });

  it("loads nothing from elsewhere", () => {
    for (const text of html.values()) {
      expect([...text.matchAll(/<(?:script|link|img|iframe|source)[^>]*(?:https?:)?\/\/[^>]*>/g)].map(String)).toEqual(
        [],
      );
    }
    const styles = globSync("html/assets/*.css", { cwd: directory }).map((file) =>
      readFileSync(join(directory, file), "utf8"),
    );
    expect(styles.length).toBeGreaterThan(0);
    expect(styles.join("").match(/(url\(|@import)\s*["']?(https?:)?\/\/[^)]*/g)).toBeNull();
  });

  it("is not built with a link that leads nowhere", async () => {
    const broken = join(directory, "broken");
    mkdirSync(join(broken, "source"), { recursive: true });
    writeFileSync(join(broken, "source/index.md"), "# A\n\n[b](./nowhere.md)\n");
    const script = `(await import(${JSON.stringify(join(import.meta.dirname, "build.ts"))})).buildStaged(${JSON.stringify(broken)}, "/")`;
    await expect(run(process.execPath, ["--input-type=module", "--eval", script], { cwd: root })).rejects.toMatchObject(
      {
        stderr: expect.stringContaining("dead link"),
      },
    );
  });
});

it("folds the decisions, and calls each by its title", () => {
  const { themeConfig } = siteConfig({ base: "/", outDir: "o", cacheDir: "c", root, decisions: decisionSources });
  const sections = themeConfig?.sidebar as { collapsed: boolean; items: { text: string; link: string }[] }[];
  expect(sections[0]?.items[0]).toEqual({ text: "Overview", link: "/" });
  const folded = sections.filter(({ collapsed }) => collapsed).flatMap(({ items }) => items);
  expect(folded).toHaveLength(decisionSources.length + 1);
  expect(folded[0]?.link).toBe("/decisions/");
  expect(folded).toContainEqual({
    text: "Permissions are one table",
    link: "/decisions/20261122-permissions-are-data",
  });
});
