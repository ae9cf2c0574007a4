import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, extname, join, normalize, posix } from "node:path";
import { mapLinks } from "./markdown.ts";
import { navigation } from "./navigation.ts";

/** Files that are no pages, such as schemas and examples: below this folder of the site. */
const files = "files";
/** What a browser shows, or a program reads, under its own name. All else is text. */
const kept = new Set([".json", ".yaml", ".yml", ".svg"]);

/** Where a page of the repository is on the site. */
export function sitePath(source: string): string {
  if (source === "README.md") return "index.md";
  if (source === "SECURITY.md") return "security-policy.md";
  return source
    .replace(/^docs\//, "")
    .replace(/README\.md$/, "index.md")
    .replace(/^[A-Z]+\.md$/, (name) => name.toLowerCase());
}

export const sources: readonly string[] = navigation.flatMap(({ entries }) => entries.map(({ source }) => source));

/** Sources of the pages behind a folder of the navigation, and of those that the index of a folder names. */
export function pagesOf(root: string, decisions: readonly string[]): ReadonlyMap<string, string> {
  const pages = new Map<string, string>();
  for (const source of [...sources, ...decisions]) {
    if (!existsSync(join(root, source))) throw new Error(`${source} is in the navigation and does not exist`);
    pages.set(source, sitePath(source));
  }
  return pages;
}

/**
 * A page as the site has it: links lead to other pages of it, or to files that it brings along. What is neither (the source
 * code) is named, and no link.
 *
 * @param take is told each file that the site must bring along
 */
export function sitePage(
  source: string,
  text: string,
  pages: ReadonlyMap<string, string>,
  take: (file: string, to: string) => void,
): string {
  const here = posix.dirname(pages.get(source) ?? source);
  return mapLinks(text, ({ image, text: name, target }) => {
    if (/^[a-z]+:/.test(target) || target.startsWith("#")) return undefined;
    const [path = "", anchor] = target.split("#", 2);
    const file = posix.normalize(posix.join(posix.dirname(source), path));
    const page = pages.get(file) ?? pages.get(posix.join(file, "README.md"));
    if (page !== undefined) {
      const relative = posix.relative(here, page);
      return `[${name}](${relative.startsWith(".") ? "" : "./"}${relative}${anchor === undefined ? "" : `#${anchor}`})`;
    }
    if (image) {
      take(file, sitePath(file));
      const relative = posix.relative(here, sitePath(file));
      return `![${name}](${relative.startsWith(".") ? "" : "./"}${relative})`;
    }
    if (isSourceCode(file)) return name;
    const to = posix.join(files, kept.has(extname(file)) ? file : `${file}.txt`);
    take(file, posix.join("public", to));
    return `[${name}](/${to})`;
  });
}

/** For who changes the project; the site is for who uses it. */
const isSourceCode = (file: string) =>
  /^(infra|runtime|test|\.github)\//.test(file) || /^(ARCHITECTURE|CONTRIBUTING)\.md$/.test(file);

/** Writes the site's pages into an empty folder, as VitePress reads them. */
export function stage(root: string, directory: string, decisions: readonly string[]): void {
  const pages = pagesOf(root, decisions);
  rmSync(directory, { recursive: true, force: true });
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    writeFileSync(join(directory, file), text);
  };
  const take = (file: string, to: string) => {
    const from = normalize(join(root, file));
    if (!statSync(from, { throwIfNoEntry: false })?.isFile()) throw new Error(`${file} is linked to and is no file`);
    cpSync(from, join(directory, to));
  };
  for (const [source, path] of pages)
    write(path, sitePage(source, readFileSync(join(root, source), "utf8"), pages, take));
}
