import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { allErrors } from "./errors-page.ts";
import { generatedPages } from "./pages.ts";
import { anchorsOf, linksOf } from "./site/markdown.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const pages = [
  ...readdirSync(root),
  ...globSync("{infra,runtime}/**/README.md", { cwd: root }),
  ...readdirSync(resolve(root, "docs"), { recursive: true, encoding: "utf8" }).map((file) => `docs/${file}`),
].filter((file) => file.endsWith(".md"));

const generated = await generatedPages();

describe("generated pages", () => {
  it.each(generated)("$url.pathname is what `npm run docs` writes", ({ url, content }) => {
    expect(readFileSync(url, "utf8")).toBe(content);
  });
});

describe("the ways out of errors", () => {
  it("never lead to revoking or replacing a root that works, nor to deleting what holds its key", async () => {
    const ways = [...(await allErrors())].filter(([, { remedy }]) =>
      /revoke|(replace|another) (a |the )?root|delete.*(state|secret)\b/i.test(remedy),
    );
    expect(ways).toEqual([]);
  });
});

describe("commands that errors print", () => {
  it("run as they stand, where edgectl is installed in a project alone", async () => {
    const ways = [...(await allErrors())].filter(([, { remedy }]) =>
      /(?<!npx )\bedgectl (?:[a-z]+ ?)*(?:status|up|down|render|logs|restart|cluster|images|rbac|rollout|trust|manifest)\b/.test(
        remedy,
      ),
    );
    expect(ways).toEqual([]);
  });
});

describe("links", () => {
  it.each(pages)("of %s lead to files that exist", (page) => {
    const text = readFileSync(resolve(root, page), "utf8");
    const targets = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, target]) => target as string);
    const missing = targets
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => !existsSync(resolve(root, dirname(page), target)));
    expect(missing).toEqual([]);
  });

  it.each(pages)("of %s lead to headings that exist", (page) => {
    const lost = linksOf(readFileSync(resolve(root, page), "utf8")).filter(({ target }) => {
      const [path = "", anchor] = target.split("#", 2);
      if (/^[a-z]+:/.test(target) || anchor === undefined) return false;
      const file = path === "" ? resolve(root, page) : resolve(root, dirname(page), path);
      return file.endsWith(".md") && !anchorsOf(readFileSync(file, "utf8")).has(anchor);
    });
    expect(lost).toEqual([]);
  });
});
