import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { maxFileMegabytes } from "../read-file.ts";
import { filesOf } from "./chart-inputs.ts";

/** Which template a line of helm's output is of, as far as that is certain. */
export type TemplateAt = (line: number) => readonly string[] | undefined;

const comment = /^# Source: (?:[^/]+\/)(.+)$/;

/**
 * Reads the `# Source: chart/templates/role.yaml` that helm writes above what it made of a template. A template may print
 * such a line, too: helm's stands below a `---`, and another one there only where a template began with more than one of
 * those, so that helm's comes right before.
 *
 * @param claimed what files that helm prints as they are say of themselves; nothing tells theirs from helm's
 */
export function templatesByLine(text: string, claimed: ReadonlySet<string>): TemplateAt {
  const lines = text.split("\n");
  const starts: { readonly line: number; readonly path: readonly string[] | undefined }[] = [];
  for (const [index, line] of lines.entries()) {
    const [, path] = comment.exec(line) ?? [];
    if (path === undefined || lines[index - 1]?.trimEnd() !== "---" || comment.test(lines[index - 2] ?? "")) continue;
    const isKnown = !claimed.has(path) && !path.split("/").includes("..");
    starts.push({ line: index + 1, path: isKnown ? path.split("/") : undefined });
  }
  return (line) => starts.findLast((start) => start.line <= line + 1)?.path;
}

/** What CRDs of a chart, which helm prints as they are, say that they are made of. */
export async function claimedSources(chart: string): Promise<ReadonlySet<string>> {
  const claimed = new Set<string>();
  for (const file of await filesOf(chart)) {
    const isArchive = /\.(?:tgz|tar\.gz)$/.test(file);
    if (!isArchive && !/[/\\]crds[/\\]/.test(file)) continue;
    const content = await readFile(file);
    for (const line of (isArchive ? unpacked(content) : content.toString("utf8")).split("\n")) {
      const [, path] = comment.exec(line) ?? [];
      if (path !== undefined) claimed.add(path);
    }
  }
  return claimed;
}

/** What is too large, or no archive, helm refuses. */
function unpacked(content: Buffer): string {
  try {
    return gunzipSync(content, { maxOutputLength: maxFileMegabytes * 1024 * 1024 }).toString("latin1");
  } catch {
    return "";
  }
}
