import { packageErrors } from "../errors.ts";

export interface ReleasedChangelog {
  readonly version: string;
  /** The changelog, whose "Unreleased" is empty again. */
  readonly text: string;
}

export interface ReleaseOptions {
  /** The version before. */
  readonly current: string;
  /** YYYY-MM-DD */
  readonly date: string;
  /** By default what follows from the kinds of changes. */
  readonly version?: string | undefined;
}

type Version = readonly [major: number, minor: number, patch: number];

const unreleased = "## Unreleased";
/** Kinds of changes that no operator has to do anything about, and that bring nothing new. */
const repairs = new Set(["Fixed", "Security"]);
/** Kinds of changes that may need somebody to act. */
const breaks = new Set(["Changed", "Removed"]);

/**
 * Makes "Unreleased" the section of a version, by SemVer: before 1.0.0 all but repairs raise the minor, after it changes and
 * removals raise the major.
 *
 * @throws EDGE_RELEASE_CHANGELOG, EDGE_RELEASE_VERSION
 */
export function releaseChangelog(text: string, { current, date, version }: ReleaseOptions): ReleasedChangelog {
  const body = sectionOf(text, unreleased);
  if (body === undefined) throw invalid('it has no "## Unreleased"');
  const kinds = [...body.matchAll(/^### (.+)$/gm)].map(([, kind = ""]) => kind.trim());
  if (!/^- /m.test(body) || kinds.length === 0) throw invalid('nothing stands below "Unreleased"');
  const before = parseVersion(current);
  const least = next(before, kinds);
  const released = version === undefined ? least : parseVersion(version);
  const shown = released.join(".");
  if (compare(released, least) < 0)
    throw packageErrors.EDGE_RELEASE_VERSION({ version: shown, least: least.join("."), current });
  if (sectionOf(text, `## ${shown}`) !== undefined) throw invalid(`it has a section of ${shown} already`);
  return { version: shown, text: text.replace(unreleased, () => `${unreleased}\n\n## ${shown} - ${date}`) };
}

/**
 * What a version changes, without its heading.
 *
 * @throws EDGE_RELEASE_CHANGELOG
 */
export function releaseNotes(text: string, version: string): string {
  const body = sectionOf(text, `## ${version}`);
  if (body === undefined) throw invalid(`it has no section of ${version}`);
  return `${body.trim()}\n`;
}

const invalid = (problem: string) => packageErrors.EDGE_RELEASE_CHANGELOG({ problem });

function sectionOf(text: string, heading: string): string | undefined {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => line === heading || line.startsWith(`${heading} `));
  if (start < 0) return undefined;
  const end = lines.findIndex((line, index) => index > start && line.startsWith("## "));
  return lines.slice(start + 1, end < 0 ? undefined : end).join("\n");
}

function parseVersion(text: string): Version {
  const [, major, minor, patch] = /^(\d{1,6})\.(\d{1,6})\.(\d{1,6})$/.exec(text) ?? [];
  if (patch === undefined) throw packageErrors.EDGE_RELEASE_VERSION({ version: text, least: "X.Y.Z", current: "" });
  return [Number(major), Number(minor), Number(patch)];
}

function next([major, minor, patch]: Version, kinds: readonly string[]): Version {
  if (kinds.every((kind) => repairs.has(kind))) return [major, minor, patch + 1];
  return major > 0 && kinds.some((kind) => breaks.has(kind)) ? [major + 1, 0, 0] : [major, minor + 1, 0];
}

function compare(a: Version, b: Version): number {
  for (const [index, part] of a.entries()) {
    const difference = part - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
