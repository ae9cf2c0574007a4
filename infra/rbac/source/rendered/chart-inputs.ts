import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { rbacErrors } from "../../errors.ts";
import { boundaryOf, requireInside, requireNoLinkOut } from "../links.ts";
import { maxFileMegabytes, readBoundedFile } from "../read-file.ts";
import { readDocuments } from "../text/parse-text.ts";

/** A file of values, which may stand outside of the chart. */
export interface ValuesFile {
  /** Absolute path. */
  readonly place: string;
  /** What reports call it. */
  readonly shown: string;
}

/** What helm parses of a chart; all else are templates, whose output has a limit of its own. */
const parsed = new Set(["Chart.yaml", "Chart.lock", "values.yaml", "requirements.yaml", "requirements.lock"]);
const megabyte = 1024 * 1024;

/**
 * Refuses a chart and values that would take all time and memory of helm, or that lead out of where they stand: both may be
 * of a pull request.
 *
 * @param chart folder or archive, at an absolute path
 * @throws EDGE_RBAC_SOURCE_ESCAPES, EDGE_RBAC_TOOL_EXCESSIVE, EDGE_RBAC_FILE_TOO_LARGE, EDGE_RBAC_DOCUMENT_EXCESSIVE
 */
export async function requireBounded(chart: string, values: readonly ValuesFile[]): Promise<void> {
  await requireNoLinkOut(chart, chart);
  for (const file of await filesOf(chart)) {
    await requireSize(file);
    if (parsed.has(basename(file))) await requireNoBomb({ place: file, shown: file });
  }
  for (const file of values) {
    const boundary = await boundaryOf(file.place);
    if (boundary !== undefined) await requireInside(boundary, file.place);
    await requireNoBomb(file);
  }
}

/** All files of a chart, or the archive alone. */
export async function filesOf(chart: string): Promise<string[]> {
  if (!(await stat(chart)).isDirectory()) return [chart];
  const entries = await readdir(chart, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

async function requireSize(file: string): Promise<void> {
  const { size } = await stat(file).catch(() => ({ size: 0 }));
  if (size <= maxFileMegabytes * megabyte) return;
  const megabytes = Math.ceil(size / megabyte);
  throw rbacErrors.EDGE_RBAC_FILE_TOO_LARGE({ file, megabytes, limit: maxFileMegabytes });
}

/** What is no YAML is for helm to refuse, in its own words. */
async function requireNoBomb({ place, shown }: ValuesFile): Promise<void> {
  readDocuments(await readBoundedFile(place), shown);
}
