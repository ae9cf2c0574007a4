import type { Finder, Range } from "./ranges.ts";

const run = /[A-Za-z0-9+/_-]{16,}={0,2}/g;
/** The same with `+`, `/` and `=` as they are in URLs and in JSON. */
const escapedRun = /(?:[A-Za-z0-9+/_-]|%(?:25)*(?:2[BbFf]|3[Dd])|\\(?:\/|u00(?:2[BbFf]|3[Dd]))){32,4096}/g;
const escapedLetter = /%(?:25)*(?:2[BbFf]|3[Dd])|\\(?:\/|u00(?:2[BbFf]|3[Dd]))/g;
const leastSegment = 32;
const leastChanges = 0.4;
/** Digests are no secrets, and name images and packages. */
const digest = /sha(?:1|224|256|384|512)[-:]$/;
const publicBlock =
  /-----BEGIN (?:CERTIFICATE|PUBLIC KEY|RSA PUBLIC KEY|CERTIFICATE REQUEST|NEW CERTIFICATE REQUEST|TRUSTED CERTIFICATE|X509 CRL)-----[A-Za-z0-9+/=\s\\nr]*(?:-----END |$)/g;
const deepest = 2;
/** What decodes to more is no line of a configuration. */
const longestDecoded = 64 * 1024;
/** An access token of Azure DevOps: base32 in small letters. */
const devOpsToken = /^(?=.*\d)[a-z2-7]{52}$/;
/** With what base64 of a text begins: the first two bits of a letter are never those of the others. */
const beginOfText = /^[I-Za-f]/;
const printable = /^[\t\n\r -~]*$/;

/**
 * Runs of letters and digits that look as if they were made by chance, and base64 of a text that has a secret in it. What
 * stands in a certificate or a public key is left.
 *
 * @param inside finds what is secret in a text that was decoded
 */
export function randomRuns(text: string, inside: Finder, depth = 0): Range[] {
  const open = publicRanges(text);
  const found: Range[] = [];
  for (const { index, 0: match } of text.matchAll(run)) {
    if (open.some(([start, end]) => index >= start && index < end)) continue;
    if (digest.test(text.slice(Math.max(0, index - 7), index)) || /^sha\d+-/.test(match)) continue;
    if (holdsSecret(match, inside, depth)) found.push([index, index + match.length]);
    else found.push(...randomSegments(match, index));
  }
  if (/[%\\]/.test(text)) found.push(...escapedRuns(text));
  return found;
}

function escapedRuns(text: string): Range[] {
  return [...text.matchAll(escapedRun)]
    .filter(([match]) => match.search(escapedLetter) >= 0 && isRandom(match.replace(escapedLetter, "")))
    .map(({ index, 0: match }) => [index, index + match.length]);
}

function publicRanges(text: string): Range[] {
  if (!text.includes("-----BEGIN")) return [];
  return [...text.matchAll(publicBlock)].map(({ index, 0: match }) => [index, index + match.length]);
}

/** The whole run where it looks random, else those of its parts between slashes that do. */
function randomSegments(match: string, index: number): Range[] {
  if (match.length < leastSegment) return [];
  if (devOpsToken.test(match)) return [[index, index + match.length]];
  if (isRandom(match) && !isPath(match)) return [[index, index + match.length]];
  const found: Range[] = [];
  for (const { index: at, 0: part } of match.matchAll(/[^/]+/g)) {
    if (part.length >= leastSegment && isRandom(part)) found.push([index + at, index + at + part.length]);
  }
  return found;
}

/** A path has several parts that are words. */
function isPath(match: string): boolean {
  const parts = match.split("/");
  return parts.length > 2 && parts.filter((part) => /^[A-Za-z]?[a-z-]{2,}$|^v\d+$/.test(part)).length >= 2;
}

/** Whether there are small and capital letters and digits, and they change as often as chance would have it. */
function isRandom(match: string): boolean {
  if (!/\d/.test(match) || !/[A-Z]/.test(match) || !/[a-z]/.test(match)) return false;
  let changes = 0;
  let counted = 0;
  let last = 0;
  for (let at = 0; at < match.length; at++) {
    const kind = kindOf(match.charCodeAt(at));
    if (kind === 0) continue;
    counted += 1;
    if (last !== 0 && kind !== last) changes += 1;
    last = kind;
  }
  return counted >= leastSegment * 0.8 && changes / (counted - 1) >= leastChanges;
}

/** 1: digit, 2: capital letter, 4: small letter, 0: anything else. */
function kindOf(code: number): number {
  if (code >= 0x30 && code <= 0x39) return 1;
  if (code >= 0x41 && code <= 0x5a) return 2;
  return code >= 0x61 && code <= 0x7a ? 4 : 0;
}

function holdsSecret(match: string, inside: Finder, depth: number): boolean {
  if (depth >= deepest || match.length > longestDecoded || !beginOfText.test(match)) return false;
  // Most runs are words, and come to nothing after a few letters.
  if (!printable.test(Buffer.from(match.slice(0, 16), "base64").toString("latin1"))) return false;
  const decoded = Buffer.from(match, "base64").toString("latin1");
  if (!printable.test(decoded)) return false;
  if (!isEmpty(inside(decoded))) return true;
  return randomRuns(decoded, inside, depth + 1).length > 0;
}

function isEmpty(ranges: Iterable<Range>): boolean {
  for (const _ of ranges) return false;
  return true;
}
