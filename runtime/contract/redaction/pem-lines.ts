import { beginOfKey, endOfKey } from "./known-forms.ts";
import { redacted } from "./ranges.ts";

/** A line as it shall be, and whether it is part of a certificate or a public key: then nothing in it is secret. */
export interface SiftedLine {
  readonly text: string;
  readonly isPublic: boolean;
}

const beginPublic = /-----BEGIN (?![A-Z0-9 ]{0,60}PRIVATE)[A-Z0-9 ]{1,60}-----\s*$/;
const endPublic = /-----END (?![A-Z0-9 ]{0,60}PRIVATE)[A-Z0-9 ]{1,60}-----/;
/** A line of base64: long, padded, or alone on its line; before it may stand whatever a log writes before a message. */
const bodyLine = /(?:^|[\s"'])(?:[A-Za-z0-9+/]{32,}={0,2}|[A-Za-z0-9+/]{2,}={1,2})["']?\s*$/;
/** A line of a block that another one follows; what follows it is of the block, too, however short it is. */
const fullLine = /(?:^|\s)[A-Za-z0-9+/]{60,80}\s*$/;
const lastWord = /[A-Za-z0-9+/]+={0,2}(?=\s*$)/;
/** The last line of a block, which may be short. */
const lastLine = /(?:^|\s)(?=[a-z+/]*[A-Z0-9+/])[A-Za-z0-9+/]{2,}={0,2}\s*$/;
const headerLine = /(?:^|\s)(?:Proc-Type|DEK-Info|Comment|Subject|Public-Lines|Version): /;
const onlyBase64 = /^(?:\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d) )?[A-Za-z0-9+/]{1,80}={0,2}\s*$/;
/** The largest key is some 250 lines: what says that one begins, and never ends, swallows no more. */
const longestBlock = 400;
const time = /^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)[ ]?/;

/**
 * Takes private keys in PEM out of lines, also where the log was cut before the line that begins one or the line that
 * ends it. Lines that may turn out to be a key's are held back until that is known.
 */
export function createPemSieve(): {
  /** The lines that are settled now. */
  push(line: string): SiftedLine[];
  end(): SiftedLine[];
} {
  const held: string[] = [];
  /** Lines that the block which has begun may still have. */
  let keyLeft = 0;
  let publicLeft = 0;

  const release = () =>
    held.splice(0).map((text, index, lines) => {
      const isLastOfKey = index > 0 && fullLine.test(lines[index - 1] ?? "") && !fullLine.test(text);
      return { text: isLastOfKey ? text.replace(lastWord, redacted) : text, isPublic: false };
    });
  const settle = (line: string): SiftedLine[] => [...release(), { text: line, isPublic: false }];

  function begin(line: string, at: number): SiftedLine[] {
    const end = endOfKey.exec(line.slice(at));
    publicLeft = 0;
    keyLeft = end === null ? longestBlock : 0;
    const after = end === null ? lineFeed(line) : line.slice(at + end.index + end[0].length);
    return [...release(), ...sift(`${line.slice(0, at)}${redacted}${after}`)];
  }

  /** The end of a key without its beginning: what was held was of it. */
  function endWithoutBegin(line: string, end: RegExpExecArray): SiftedLine[] {
    const times = held.splice(0).map((text) => time.exec(text)?.[0] ?? "");
    const before = keyLeft > 0 ? "" : `${times.at(0) ?? time.exec(line)?.[0] ?? ""}${redacted}`;
    keyLeft = 0;
    const after = line.slice(end.index + end[0].length);
    if (before === "" && after.trim() === "") return [];
    return sift(`${before}${after === "" ? lineFeed(line) : after}`);
  }

  function sift(line: string): SiftedLine[] {
    const begins = beginOfKey.exec(line);
    if (begins !== null) return begin(line, begins.index);
    const ends = endOfKey.exec(line);
    if (ends !== null) return endWithoutBegin(line, ends);
    const isBody = bodyLine.test(line) || onlyBase64.test(line);
    if (keyLeft > 0) {
      keyLeft -= 1;
      const isOfKey = isBody || lastLine.test(line) || headerLine.test(line) || line.trim() === "";
      return isOfKey ? [] : settle(line);
    }
    if (endPublic.test(line)) {
      publicLeft = 0;
      // A certificate that was cut at its beginning.
      return [...held.splice(0).map((text) => ({ text, isPublic: true })), { text: line, isPublic: false }];
    }
    if (beginPublic.test(line)) {
      publicLeft = longestBlock;
      return settle(line);
    }
    if (publicLeft > 0) {
      publicLeft -= 1;
      if (onlyBase64.test(line)) return [{ text: line, isPublic: true }];
    }
    if (!isBody) return settle(line);
    held.push(line);
    return held.length > longestBlock ? [{ text: held.shift() ?? "", isPublic: false }] : [];
  }

  return { push: sift, end: release };
}

function lineFeed(line: string): string {
  return line.endsWith("\n") ? "\n" : "";
}
