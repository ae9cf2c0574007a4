import type { Range } from "./ranges.ts";
import { looksRandom, strongName, weakName } from "./secret-names.ts";

/** A quote as it is, escaped in JSON any number of times, in a URL, or in HTML. */
const quote = String.raw`(?:\\*["'${"`"}]|%(?:25)*2[27]|\\*u002[27]|&(?:quot|apos|#34|#39);)`;
const blank = String.raw`(?:[ \t]|%(?:25)*20){0,8}`;
/** What stands between a name and its value. */
const sign = String.raw`(?:=>|:=|={1,2}|:|%(?:25)*3[AaDd]|\\*u003[dD]|&#61;)`;
/** `{"name":"PASSWORD","value":"x"}` and `<add key="Password" value="x"/>`. */
const valueMember = String.raw`(?:[ \t,]|%(?:25)*2C){1,8}${quote}?value${quote}?${blank}${sign}`;
const separator = `(?<colon>${blank}(?:${sign}|${valueMember})${blank})|(?<tag>>)`;
const tail = String.raw`${quote}?\]?(?:${separator})(?<open>${quote})?`;

const strongAssignment = new RegExp(`${strongName}${tail}`, "gi");
const weakAssignment = new RegExp(`${weakName}${tail}`, "gi");
/** `--password hunter2`, also as two elements of a list. */
const option = new RegExp(
  String.raw`(?<![\w-])--?(?:\w+[-.]){0,8}${strongName}(?:[ \t]{1,8}|${quote}[ \t]{0,4},[ \t]{0,4})(?<open>${quote})?(?!-)`,
  "gi",
);
/** `the password is hunter2`, and netrc's `password hunter2`. */
const prose = new RegExp(
  String.raw`(?:pass(?:word|phrase|code)|secret|token)[ \t]{1,4}(?:(?:is|was|set to)[ \t]{1,4}){1,2}(?<open>${quote})?|login[ \t]{1,4}[^\s]{1,128}[ \t]{1,4}password[ \t]{1,4}`,
  "gi",
);
const authorization = new RegExp(
  String.raw`(?:authorization|x-[a-z-]{0,40}auth[a-z-]{0,20})${quote}?\]?${blank}${sign}${blank}(?<open>${quote})?(?:(?<scheme>bearer|basic|token|apikey|digest|negotiate|ntlm|[A-Za-z][A-Za-z0-9-]{2,30})(?:[ \t+]|%(?:25)*20){1,4})?`,
  "gi",
);
const cookie = new RegExp(`cookie${quote}?${blank}${sign}${blank}(?<open>${quote})?`, "gi");

/** What follows a name in messages, and is no value. */
const noValues =
  /^(?:true|false|null|nil|none|undefined|yes|no|on|off|\[redacted\]|\*+|\$\{[^}]*\}?|\$\([^)]*\)?|\{\{.*|<[^>]*>?|0|-)?[,;.)}\]]*$/i;
const words =
  /^(?:a|an|and|are|authentication|authorization|cannot|could|denied|does|empty|error|expired|failed|failure|for|found|from|has|have|in|incorrect|invalid|is|it|key|malformed|missing|mismatch|must|no|not|of|or|permission|please|provided|rejected|required|scheme|signature|the|this|to|token|tokens|unauthorized|unexpected|unknown|unsupported|verification|was|with|wrong|you|your)[,;:.)]*$/i;
/** What is farther away belongs to something else. */
const longestSearch = 4096;
const punctuation = /^[\s,:;{}[\]()]*$/;

const always = () => true;

/** Values that have a name before them which makes them secret. */
export function* assignedSecrets(text: string): Generator<Range> {
  yield* valuesAfter(text, strongAssignment, always);
  yield* valuesAfter(text, weakAssignment, looksRandom);
  yield* valuesAfter(text, option, always);
  yield* valuesAfter(text, prose, (value) => /[^a-z,.;:)]/i.test(value));
  yield* headerSecrets(text);
}

/** Names in a value that was found, or that is too long to be looked through for each of them, count no more. */
function* valuesAfter(text: string, names: RegExp, isSecret: (value: string) => boolean): Generator<Range> {
  let done = 0;
  for (const match of text.matchAll(names)) {
    const range = match.index < done ? undefined : valueAfter(text, match);
    if (range === undefined) continue;
    const isFound = isSecret(text.slice(...range));
    if (isFound) yield range;
    if (isFound || range[1] - range[0] > longestSearch) done = range[1];
  }
}

function* headerSecrets(text: string): Generator<Range> {
  let done = 0;
  for (const match of text.matchAll(cookie)) {
    if (match.index < done) continue;
    const range = rest(text, match);
    done = range[1];
    yield range;
  }
  done = 0;
  for (const match of text.matchAll(authorization)) {
    if (match.index < done) continue;
    const { scheme = "" } = match.groups ?? {};
    // What is in it is found by its names: `sr` and `se` tell what has expired.
    if (/^sharedaccess/i.test(scheme)) continue;
    const isKnown = /^(?:bearer|basic|token|apikey|negotiate|ntlm)?$/i.test(scheme);
    const range = isKnown ? valueAfter(text, match) : rest(text, match);
    if (range === undefined) continue;
    done = range[1];
    yield range;
  }
}

/** From a match's end to the quote that closes, or to the end of the line. */
function rest(text: string, match: RegExpExecArray): Range {
  const start = match.index + match[0].length;
  const { open } = match.groups ?? {};
  return [start, open === undefined ? lineEnd(text, start) : closingQuote(text, start, open)];
}

function valueAfter(text: string, match: RegExpExecArray): Range | undefined {
  const start = match.index + match[0].length;
  const { open, colon = "", tag } = match.groups ?? {};
  if (tag !== undefined) return taggedValue(text, start);
  if (open !== undefined) {
    const end = closingQuote(text, start, open);
    const value = text.slice(start, end);
    return punctuation.test(value) || noValues.test(value) ? undefined : [start, end];
  }
  const isColon = colon.includes(":");
  if (isColon && (text[start] === "{" || text[start] === "[")) return listOf(text, start);
  const end = bareEnd(text, start, !colon.includes("="));
  const value = text.slice(start, end);
  const isWord = !/=|%/.test(colon) && words.test(value);
  return isWord || punctuation.test(value) || noValues.test(value) ? undefined : [start, end];
}

/** `<password>hunter2</password>`; text in which a tag follows for another reason has no `</`. */
function taggedValue(text: string, start: number): Range | undefined {
  const near = text.slice(start, start + longestSearch);
  const end = near.indexOf("</");
  return end > 0 && !/[\n<]/.test(near.slice(0, end)) ? [start, start + end] : undefined;
}

/** A list of texts; objects have names of their own. */
function listOf(text: string, start: number): Range | undefined {
  if (text[start] === "{") return undefined;
  const [list = ""] = /^[^\]\n]*/.exec(text.slice(start + 1, start + longestSearch)) ?? [];
  return list.includes("{") || punctuation.test(list) || noValues.test(list)
    ? undefined
    : [start + 1, start + 1 + list.length];
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end < 0 ? text.length : end;
}

/** Where the quote that opened closes: with as many backslashes before it. Without one the line was cut. */
function closingQuote(text: string, start: number, open: string): number {
  for (let at = text.indexOf(open, start); at >= 0; at = text.indexOf(open, at + 1)) {
    if (at !== start && text[at - 1] === "\\") continue;
    return text.slice(start, at).includes("\n") ? lineEnd(text, start) : at;
  }
  return lineEnd(text, start);
}

const alwaysEnds: ReadonlySet<string> = new Set([" ", "\t", "\n", "\r", '"', "'", "`", "<", ">"]);
const escapedEnd =
  /(?:\\(?:[nrt"']|u00(?:2[0267]|3[bB]|0[aAdD]))|%(?:25)*(?:2[0267]|3[Bb]|0[AaDd])|&(?:amp|quot|apos|#3[49]);)/y;
const nextMember = /[&;](?:$|[\s"'&;]|[\w.%$[\]-]{1,64}(?:=|%(?:25)*3[Dd]))/y;
const closing = /[)}\]](?:$|[\s,;)}\]"'\\])/y;

/** Where a value without quotes ends. */
function bareEnd(text: string, start: number, isJson: boolean): number {
  let at = start;
  for (; at < text.length; at++) {
    const letter = text.charAt(at);
    if (alwaysEnds.has(letter)) break;
    if ((letter === "\\" || letter === "%" || letter === "&") && matchesAt(escapedEnd, text, at)) break;
    if ((letter === "&" || letter === ";") && matchesAt(nextMember, text, at)) break;
    if (letter === "," && /[\s"'\\]/.test(text.charAt(at + 1) || " ")) break;
    if (isJson && matchesAt(closing, text, at)) break;
  }
  return at;
}

function matchesAt(pattern: RegExp, text: string, at: number): boolean {
  pattern.lastIndex = at;
  return pattern.test(text);
}
