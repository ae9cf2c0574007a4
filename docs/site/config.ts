import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { DefaultTheme, UserConfig } from "vitepress";
import { headingsOf, slug } from "./markdown.ts";
import { navigation } from "./navigation.ts";
import { sitePath } from "./stage.ts";

export interface SiteOptions {
  /** Path below which the site is served, with a slash at both ends. */
  readonly base: string;
  /** Where the HTML goes. */
  readonly outDir: string;
  readonly cacheDir: string;
  /** The repository. */
  readonly root: string;
  readonly decisions: readonly string[];
}

/** VitePress' settings: nothing is loaded from elsewhere, and a link that leads nowhere ends the build. */
export function siteConfig({ base, outDir, cacheDir, root, decisions }: SiteOptions): UserConfig<DefaultTheme.Config> {
  const link = (source: string) =>
    `/${sitePath(source)
      .replace(/(^|\/)index\.md$/, "$1")
      .replace(/\.md$/, "")}`;
  const ofDecisions = decisions.map((source) => {
    const [text = source] = headingsOf(readFileSync(join(root, source), "utf8"));
    return { text, link: link(source) };
  });
  return {
    title: "pulumi-iotedge",
    description: "IoT Edge modules in Kubernetes namespaces, declared with Pulumi and run with least privilege",
    lang: "en",
    base,
    outDir,
    cacheDir,
    ignoreDeadLinks: false,
    metaChunk: true,
    // Else a browser asks the server's root for an icon, which is not the site's.
    head: [["link", { rel: "icon", href: "data:," }]],
    // Braces of commands and templates stand for themselves.
    vite: { build: { chunkSizeWarningLimit: 4096 } },
    markdown: { attrs: { disable: true }, anchor: { slugify: slug } },
    themeConfig: {
      search: { provider: "local" },
      outline: [2, 3],
      sidebar: navigation.map(({ text, entries, folded }) => ({
        text,
        collapsed: folded === true,
        items: [
          ...entries.map((entry) => ({ text: entry.text, link: link(entry.source) })),
          ...(folded === true ? ofDecisions : []),
        ],
      })),
    },
  };
}
