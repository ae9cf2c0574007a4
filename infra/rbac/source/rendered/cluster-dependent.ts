import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { gunzipSync } from "node:zlib";
import { EdgeError } from "#base";
import { maxFileMegabytes } from "../read-file.ts";
import { readDocuments } from "../text/parse-text.ts";
import { filesOf, type ValuesFile } from "./chart-inputs.ts";
import { type GivenNames, hiddenQuestions, isPiece, putTogether, withoutEscapes } from "./hidden-questions.ts";
import { actionsIn, type TemplateActions } from "./template-actions.ts";

/** A file of a chart, or of its values, that may make other objects in a cluster than here. */
export interface ClusterDependent {
  /** What reports call it. */
  readonly file: string;
  readonly problem: string;
  /** Equal for equal files. */
  readonly hash: string;
}

/** A question, by what asks it: a word anywhere in a template, or between braces, or between braces outside of quotes. */
interface Question {
  readonly in: "text" | "all" | "code";
  readonly pattern: RegExp;
  readonly what: string;
}

const chance = "the time or chance (now, rand)";
/** A function is called, so that no dot, dollar or letter stands before it. */
const called = (...names: readonly string[]) => new RegExp(String.raw`(?<![.\w$-])(?:${names.join("|")})(?![\w-])`);

/** What a template can ask that has another answer in a cluster, or at another time. */
const questions: readonly Question[] = [
  { in: "text", pattern: /\blookup\b/, what: "objects of the cluster (lookup)" },
  { in: "text", pattern: /\bAPIVersions\b/, what: "the kinds that the cluster knows (Capabilities.APIVersions)" },
  {
    in: "text",
    pattern: /\bIs(?:Upgrade|Install)\b/,
    what: "whether it is installed for the first time (Release.IsUpgrade)",
  },
  { in: "all", pattern: /\bRevision\b/, what: "how often it was installed (Release.Revision)" },
  { in: "text", pattern: /\bHelmVersion\b/, what: "the version of helm (Capabilities.HelmVersion)" },
  { in: "text", pattern: /\bgetHostByName\b/, what: "the network (getHostByName)" },
  { in: "all", pattern: /\b(?:now|unixEpoch|rand[A-Z]\w+|uuidv4|shuffle)\b/, what: chance },
  {
    in: "code",
    pattern: called(
      "date",
      "ago",
      "htmlDate(?:InZone)?",
      "dateInZone",
      "date_in_zone",
      "durationRound",
      "(?:mustT|t)oDate",
    ),
    what: "the time (date, ago)",
  },
  {
    in: "code",
    pattern: called("bcrypt", "htpasswd", "encryptAES", "gen(?:CA|PrivateKey|SelfSignedCert|SignedCert)(?:WithKey)?"),
    what: "chance (genCA, bcrypt)",
  },
  {
    in: "all",
    pattern:
      /\b(?:contains|hasSuffix|splitList|regexMatch)\b.{0,200}\bKubeVersion\b|\bKubeVersion\b.{0,200}\b(?:contains|hasSuffix|splitList|regexMatch)\b/,
    what: "whose Kubernetes it is (contains ... Capabilities.KubeVersion)",
  },
  { in: "all", pattern: /%[-+# 0-9.*[\]]*p/, what: "chance (an address by printf %p)" },
  {
    in: "code",
    pattern: called("keys", "values"),
    what: "chance (the order of keys or values; sortAlpha gives them one)",
  },
];
/** Of these the order is none of chance, or does not matter. */
const ordered =
  /(?<![.\w$-])(?:keys\s+[^|(){}]*\|\s*(?:uniq\s*\|\s*)?sortAlpha\b|(?:len|sortAlpha|has\s+\S+)\s+\((?:keys|values)\s+[^|(){}]*\))/g;

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
  given: GivenNames,
): Promise<readonly ClusterDependent[]> {
  const found: ClusterDependent[] = [];
  const files = (await filesOf(chart)).map((place) => ({ place, shown: join(shown, relative(chart, place)) }));
  for (const { place: file, shown: name } of [...files, ...values]) {
    const content = await readFile(file);
    const text = isArchive(file) ? unpacked(content) : searched(file, content.toString("utf8"), chart);
    const asked = text === undefined ? [chance] : questionsIn(text, given);
    if (asked.length === 0) continue;
    const about = text === undefined ? "what cannot be seen, as it is too large to be unpacked" : asked.join(", ");
    const hash = createHash("sha256").update(content).digest("hex");
    const problem = `asks for ${about}, so it may make other objects in a cluster than here`;
    found.push({ file: name, problem, hash });
  }
  return found;
}

const isArchive = (file: string) => /\.(?:tgz|tar\.gz)$/.test(file);

/** What of a file is searched. */
interface Searched extends TemplateActions {
  readonly text: string;
  readonly isTemplate: boolean;
  /** Whether a value is a part of a template, which others complete. */
  readonly hasPieces: boolean;
}

function questionsIn({ text, all, code, list, isTemplate, hasPieces }: Searched, given: GivenNames): string[] {
  const bare = { text: withoutEscapes(text), all: withoutEscapes(all), code: code.replace(ordered, " ") };
  const open = questions.filter((one) => one.pattern.test(bare[one.in])).map(({ what }) => what);
  const hidden = hiddenQuestions(
    list.map((one) => ({ text: withoutEscapes(one.text), code: withoutEscapes(one.code) })),
    given,
    isTemplate,
  );
  return [...new Set([...open, ...hidden, ...(hasPieces ? [putTogether] : [])])];
}

/** The files of an archive one after the other: a tar does not compress them. */
function unpacked(content: Buffer): Searched | undefined {
  try {
    const text = gunzipSync(content, { maxOutputLength: maxBytes }).toString("latin1");
    return { text, isTemplate: false, hasPieces: false, ...actionsIn(text, false) };
  } catch {
    return undefined;
  }
}

/** Any file, the values included, may hold templates that `tpl` renders; their words count between braces alone. */
function searched(file: string, text: string, chart: string): Searched {
  const isTemplate = /(?:^|[/\\])templates[/\\]/.test(relative(chart, file));
  const values = isTemplate ? [] : templatesIn(file, text);
  const actions = actionsIn([text, ...values].join("\n"), isTemplate);
  return { text: isTemplate ? text : actions.all, isTemplate, hasPieces: values.some(isPiece), ...actions };
}

/** Templates among the values of a file, which may be written with escapes there. */
function templatesIn(file: string, text: string): string[] {
  if (!/\.(?:ya?ml|json)$/.test(file) || !text.includes("{{")) return [];
  const texts: string[] = [];
  const all = new Set(documentsOf(text, file));
  for (const value of all) {
    if (typeof value === "string" && value.includes("{{")) texts.push(value);
    // The set grows while it is walked.
    if (typeof value === "object" && value !== null)
      for (const part of [...Object.keys(value), ...Object.values(value)]) all.add(part);
  }
  return texts;
}

function documentsOf(text: string, file: string): unknown[] {
  try {
    return readDocuments(text, file).flatMap((one) => ("broken" in one ? [] : [one.content]));
  } catch (error) {
    if (error instanceof EdgeError) return [];
    throw error;
  }
}
