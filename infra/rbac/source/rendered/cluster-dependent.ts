import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { gunzipSync } from "node:zlib";
import { maxFileMegabytes } from "../read-file.ts";
import { filesOf, type ValuesFile } from "./chart-inputs.ts";

/** A file of a chart, or of its values, that may make other objects in a cluster than here. */
export interface ClusterDependent {
  /** What reports call it. */
  readonly file: string;
  readonly problem: string;
  /** Equal for equal files. */
  readonly hash: string;
}

/** What a template can ask that has another answer in a cluster, or at another time. */
const questions: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/\blookup\b/, "objects of the cluster (lookup)"],
  [/\bAPIVersions\b/, "the kinds that the cluster knows (Capabilities.APIVersions)"],
  [/\bIs(?:Upgrade|Install)\b|\{\{[^}]*\bRevision\b/, "whether it is installed for the first time (Release.IsUpgrade)"],
  [/\bHelmVersion\b/, "the version of helm (Capabilities.HelmVersion)"],
  [/\bgetHostByName\b/, "the network (getHostByName)"],
  [/\{\{[^}]*\b(?:now|unixEpoch|rand[A-Z]\w+|uuidv4|shuffle)\b/, "the time or chance (now, rand)"],
];

const maxBytes = maxFileMegabytes * 1024 * 1024;

/**
 * Templates of a chart, wherever they stand in it or in its values, and archives of subcharts, that ask what cannot be known
 * here, so that the objects that they make in a cluster may be others.
 *
 * @param chart folder or archive
 * @param shown what reports call it
 */
export async function clusterDependent(
  chart: string,
  shown: string,
  values: readonly ValuesFile[],
): Promise<readonly ClusterDependent[]> {
  const found: ClusterDependent[] = [];
  const files = (await filesOf(chart)).map((place) => ({ place, shown: join(shown, relative(chart, place)) }));
  for (const { place: file, shown: name } of [...files, ...values]) {
    const content = await readFile(file);
    const text = isArchive(file) ? unpacked(content) : templatesIn(file, content.toString("utf8"), chart);
    const asked = questions.filter(([pattern]) => text === undefined || pattern.test(text)).map(([, what]) => what);
    if (asked.length === 0) continue;
    const about = text === undefined ? "what cannot be seen, as it is too large to be unpacked" : asked.join(", ");
    const hash = createHash("sha256").update(content).digest("hex");
    const problem = `asks for ${about}, so it may make other objects in a cluster than here`;
    found.push({ file: name, problem, hash });
  }
  return found;
}

const isArchive = (file: string) => /\.(?:tgz|tar\.gz)$/.test(file);

/** The files of an archive one after the other: a tar does not compress them. */
function unpacked(content: Buffer): string | undefined {
  try {
    return gunzipSync(content, { maxOutputLength: maxBytes }).toString("latin1");
  } catch {
    return undefined;
  }
}

/** Any file, the values included, may hold templates that `tpl` renders; their words count between braces alone. */
function templatesIn(file: string, text: string, chart: string): string {
  const isTemplate = /(?:^|[/\\])templates[/\\]/.test(relative(chart, file));
  return isTemplate ? text : (text.match(/\{\{.*?\}\}/gs) ?? []).join("\n");
}
