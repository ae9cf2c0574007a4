import { globSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { SiteOptions } from "./config.ts";
import { stage } from "./stage.ts";

const root = resolve(import.meta.dirname, "../..");

/** One page each; the folder's index lists them. */
export const decisionSources: readonly string[] = globSync("docs/decisions/2*.md", { cwd: root }).sort();

/**
 * Builds the site of docs/: its pages are staged, and VitePress makes HTML of them.
 *
 * @param directory for all that is made; the HTML is in `html`
 * @param base path below which the site will be served
 */
export async function buildSite(directory: string, base: string): Promise<string> {
  stage(root, join(directory, "source"), decisionSources);
  return buildStaged(directory, base);
}

/** Builds what is staged in `source` below the directory. */
export async function buildStaged(directory: string, base: string): Promise<string> {
  const source = join(directory, "source");
  const outDir = join(directory, "html");
  const options: SiteOptions = { base, outDir, cacheDir: join(directory, "cache"), root, decisions: decisionSources };
  const config = pathToFileURL(join(import.meta.dirname, "config.ts"));
  mkdirSync(join(source, ".vitepress/theme"), { recursive: true });
  writeFileSync(
    join(source, ".vitepress/config.mjs"),
    // By a name that is known late, so that Node loads the file, not the bundler.
    `const config = ${JSON.stringify(config.href)};
const { siteConfig } = await import(config);
export default siteConfig(${JSON.stringify(options)});
`,
  );
  writeFileSync(
    join(source, ".vitepress/theme/index.mjs"),
    'export { default } from "vitepress/theme-without-fonts";\nimport "./style.css";\n',
  );
  writeFileSync(join(source, ".vitepress/theme/style.css"), style);
  const { build } = await import("vitepress");
  await build(source);
  return outDir;
}

/** Tables are wide here, and scroll by themselves: the page does not, also where it is narrow. */
const style = `.vp-doc table { display: block; overflow-x: auto; }
.vp-doc td code, .vp-doc th code { white-space: nowrap; }
`;
