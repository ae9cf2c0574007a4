import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { gunzipSync } from "node:zlib";
import { maxFileMegabytes } from "../read-file.ts";
import { filesOf, type ValuesFile } from "./chart-inputs.ts";
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
): Promise<readonly ClusterDependent[]> {
  const found: ClusterDependent[] = [];
  const files = (await filesOf(chart)).map((place) => ({ place, shown: join(shown, relative(chart, place)) }));
  for (const { place: file, shown: name } of [...files, ...values]) {
    const content = await readFile(file);
    const text = isArchive(file) ? unpacked(content) : searched(file, content.toString("utf8"), chart);
    const asked = text === undefined ? [chance] : questionsIn(text);
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
}

function questionsIn(searched: Searched): string[] {
  const bare = { ...searched, code: searched.code.replace(ordered, " ") };
  return questions.filter((one) => one.pattern.test(bare[one.in])).map(({ what }) => what);
}

/** The files of an archive one after the other: a tar does not compress them. */
function unpacked(content: Buffer): Searched | undefined {
  try {
    const text = gunzipSync(content, { maxOutputLength: maxBytes }).toString("latin1");
    return { text, ...actionsIn(text, false) };
  } catch {
    return undefined;
  }
}

/** Any file, the values included, may hold templates that `tpl` renders; their words count between braces alone. */
function searched(file: string, text: string, chart: string): Searched {
  const isTemplate = /(?:^|[/\\])templates[/\\]/.test(relative(chart, file));
  const actions = actionsIn(text, isTemplate);
  return { text: isTemplate ? text : actions.all, ...actions };
}
