import type { TemplateAction } from "./template-actions.ts";

/** Which names a chart is rendered with are those that it will have. */
export interface GivenNames {
  readonly release: boolean;
  readonly namespace: boolean;
}

const called = (...names: readonly string[]) => new RegExp(String.raw`(?<![.\w$-])(?:${names.join("|")})(?![\w-])`);

/** Reads on from "asks for". */
export const putTogether = "what nobody can see, in a template that it puts together (tpl)";

/** Makes a text of others. */
const putsTogether = called(
  ...["print(?:f|ln)?", "cat", "join", "replace", "regexReplaceAll\\w*", "b64dec", "b32dec", "trunc", "substr"],
  ...["nospace", "lower", "upper", "swapcase", "title", "untitle", "camelcase", "repeat", "initials", "include"],
);
/** Compares, or makes something else of what it is given. */
const compares = called(
  ...["eq", "ne", "lt", "le", "gt", "ge", "contains", "hasPrefix", "hasSuffix", "has", "hasKey", "get", "index", "dig"],
  ...["(?:mustR|r)egex\\w+", "ternary", "sha\\d+sum", "adler32sum", "len"],
);
/** Shows, or goes through, all that there is in a value. */
const unfolds = String.raw`(?:to(?:Pretty|Raw)?Json|mustTo\w*Json|toYaml|toString|print(?:f\s+"[^"]*"|ln)?|cat|quote|squote|keys|values|deepCopy|merge\w*|pick|omit|get|index|dig|pluck|has|hasKey|range)`;
const unfoldsAll = new RegExp(String.raw`(?<![.\w$-])${unfolds}\s+\$(?![\w.])`);
const unfoldsDot =
  /(?<![.\w$-])(?:to(?:Pretty|Raw)?Json|mustTo\w*Json|toYaml|print(?:f\s+"[^"]*"|ln)?)\s+\.(?=[\s)|}])/;
const decides =
  /^\{\{-?\s*(?:(?:else\s+)?if|with|range|\$\w+\s*:?=)|(?<![.\w$-])(?:ternary|contains|regex\w+|and|or)(?![\w-])/;
const wholeObject =
  /(?<![\w)\]])\$?\.(?:Capabilities\b(?!\s*\.\s*(?:KubeVersion|APIVersions|HelmVersion))|Release\b(?!\.))/;
/** The beginning of the helper by which nearly every chart makes its name. */
const usualName = /(?<![.\w$-])contains\s+\$\w+\s+\$?\.Release\.Name(?![\w.])/g;
const asksVersion =
  /(?<![.\w$-])(?:contains|hasSuffix|splitList|regexMatch|regexFind\w*|len|semver|sha\d+sum)(?![\w-])/;
/** Of a provider, or a patch release. */
const narrowVersion = /semverCompare\s+["`][^"`]*\d(?:-(?!0\b)[A-Za-z0-9]|\.\d+\.[1-9])/;

/**
 * What a chart asks in words that say nothing of it: of a template that it puts together, or by looking at all that helm
 * tells it at once. Names that are not given are asked by comparing them.
 */
export function hiddenQuestions(actions: readonly TemplateAction[], given: GivenNames, isTemplate: boolean): string[] {
  const concerned = actions.filter(({ text }) => /tpl|Capabilities|Release|\$|\{\{.+\{\{|\.[\s)|}]/s.test(text));
  const pieces = variablesOf(concerned, ({ expression }) => putsTogether.test(expression));
  const found = new Set<string>();
  for (const { text, code } of concerned) {
    const isPutTogether = tplArguments(code).some((one) => putsTogether.test(one) || pieces.has(one));
    if (isPutTogether || (isTemplate && holdsPiece(text, code))) found.add(putTogether);
    if (!mayPassOn(code) && (wholeObject.test(code) || unfoldsAll.test(code)))
      found.add("all that helm tells it at once (Capabilities or Release as a whole)");
    else if (decides.test(code) && unfoldsDot.test(code)) found.add("all that helm tells it at once (toJson .)");
    if (code.includes("KubeVersion") && asksVersion.test(code)) found.add("whose Kubernetes it is (by KubeVersion)");
    if (narrowVersion.test(text)) found.add("whose Kubernetes it is (semverCompare of a patch release or provider)");
  }
  for (const [name, option] of [["Name", "release"] as const, ["Namespace", "namespace"] as const])
    if (!given[option] && comparesName(concerned, name))
      found.add(`its own name, to compare it (Release.${name}; --${option} gives it)`);
  return [...found];
}

/** Objects are mostly handed on by a dict, to a template that names what it takes of them. */
const mayPassOn = (code: string) => /(?<![.\w$-])dict(?![\w-])/.test(code);

function comparesName(actions: readonly TemplateAction[], name: "Name" | "Namespace"): boolean {
  const field = new RegExp(String.raw`\.Release\.${name}(?![\w.])`);
  const variables = variablesOf(actions, ({ expression }) => new RegExp(`^\\(?\\$?${field.source}`).test(expression));
  return actions.some(({ code }) => {
    const rest = code.replace(usualName, " ");
    const isNamed = field.test(rest) || [...rest.matchAll(/\$\w+/g)].some(([one]) => variables.has(one));
    return isNamed && compares.test(rest);
  });
}

/** Variables to which something is assigned for which the test holds, with their dollar. */
function variablesOf(
  actions: readonly TemplateAction[],
  test: (assigned: { readonly expression: string }) => boolean,
): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { code } of actions) {
    for (const match of code.matchAll(/(\$\w+)\s*:?=\s*/g)) {
      if (test({ expression: code.slice(match.index + match[0].length) })) found.add(match[1] ?? "");
    }
  }
  return found;
}

/** The texts of templates that an action renders, as they stand there. */
function tplArguments(code: string): string[] {
  return [...code.matchAll(/(?<![.\w$-])tpl\s+/g)].map((match) => {
    const start = match.index + match[0].length;
    if (code[start] !== "(") return /^[^\s)|}]+/.exec(code.slice(start, start + 200))?.[0] ?? "";
    let depth = 0;
    for (let at = start; at < code.length; at += 1) {
      if (code[at] === "(") depth += 1;
      else if (code[at] === ")" && --depth === 0) return code.slice(start, at + 1);
    }
    return code.slice(start);
  });
}

/** Whether a text begins an action and does not end it, where that is not simply printed. */
function holdsPiece(text: string, code: string): boolean {
  if (/^\{\{-?\s*(?:""|"[^"]*"|`[^`]*`)\s*-?\}\}$/.test(code) || !text.includes("{{", 2)) return false;
  const literals = text.slice(2).match(/"(?:[^"\\\n]|\\.)*"|`[^`]*`/g) ?? [];
  return literals.some((one) => isPiece(one));
}

/** Whether an action begins in a text and does not end in it. */
export const isPiece = (text: string): boolean => text.lastIndexOf("{{") > text.lastIndexOf("}}");

/** What the escapes of Go stand for. */
export const withoutEscapes = (text: string): string =>
  text.includes("\\")
    ? text.replace(
        /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U0*([0-9a-fA-F]{1,6})|([0-7]{3}))/g,
        (whole, x, u, long, octal) => {
          const number = octal === undefined ? Number.parseInt(x ?? u ?? long, 16) : Number.parseInt(octal, 8);
          return number <= 0x10ffff ? String.fromCodePoint(number) : whole;
        },
      )
    : text;
