import { type ParseError, parse, printParseErrorCode } from "jsonc-parser";
import { type Place, placeOf } from "./place.ts";

/** Where a text stops being JSON. */
export interface JsonPlace extends Place {
  /** Reads on from "is not JSON:". */
  readonly problem: string;
}

const meanings: Readonly<Record<string, string>> = {
  PropertyNameExpected: "a property name in double quotes is missing, or a comma is left over",
  ValueExpected: "a value is missing, or a comma is left over",
  ColonExpected: "a colon is missing",
  CommaExpected: "a comma is missing",
  CloseBraceExpected: "a closing brace is missing",
  CloseBracketExpected: "a closing bracket is missing",
  EndOfFileExpected: "something follows after the end",
  InvalidCommentToken: "JSON has no comments",
  UnexpectedEndOfString: "a text has no end",
  InvalidEscapeCharacter: "a text holds an escape that JSON does not have",
  InvalidCharacter: "a text holds a control character",
  InvalidSymbol: "a word is no JSON value",
};

/** What templates have, also where a number shall be: one in quotes is read as well. */
const placeholder = /^(?:\$\{[^{}]+\}|\$[A-Za-z_]\w*|\{\{[^{}]+\}\}|<[^<>]+>|#[\w.]+#)/;
const longestPlaceholder = 200;

/** The first place at which a text is not JSON; undefined where it is. */
export function findJsonProblem(text: string): JsonPlace | undefined {
  const errors: ParseError[] = [];
  try {
    parse(text, errors, { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false });
  } catch {
    // The parser calls itself for each level.
    return { line: 1, column: 1, problem: "too many lists and objects are in one another" };
  }
  const [first] = errors.sort((a, b) => a.offset - b.offset);
  if (first === undefined) return undefined;
  const code = printParseErrorCode(first.error);
  const isPlaceholder = placeholder.test(text.slice(first.offset, first.offset + longestPlaceholder));
  const problem = isPlaceholder ? "a placeholder stands outside of double quotes" : (meanings[code] ?? code);
  return { ...placeOf(text, first.offset), problem };
}
