import { createHash } from "node:crypto";
import { YAMLException } from "js-yaml";
import { rbacErrors } from "../../errors.ts";
import { buildDocuments, UnreadableYaml } from "./build-value.ts";
import { LineCounter, normalizeLines, separatorInText } from "./line-breaks.ts";
import { parseLeniently } from "./parse-leniently.ts";
import { JsonTooDeep, maxJsonDepth, splitText } from "./split.ts";

/** One document of a file. */
export interface ParsedDocument {
  readonly content: unknown;
  /** Line where it begins, counted from 1; undefined for JSON. */
  readonly line?: number;
  /** Why a text in it may read otherwise, to be read on from "a document". */
  readonly doubt?: { readonly problem: string; readonly hash: string };
}

/** A part of a file that is no YAML; the parts around it may well be. */
export interface BrokenDocument {
  readonly broken: { readonly line: number; readonly column: number; readonly problem: string };
  /** Equal for equal texts. */
  readonly hash: string;
}

/** Deeper than any object of Kubernetes, and no more than the parser's stack bears. */
const maxDepth = 100;
const tooDeep = "nesting exceeded";

/**
 * Reads JSON or YAML as kubectl does, document by document.
 *
 * @param file its name for messages
 * @throws EDGE_RBAC_DOCUMENT_EXCESSIVE
 */
export function readDocuments(text: string, file: string): (ParsedDocument | BrokenDocument)[] {
  return partsOf(text, file).flatMap((part): readonly (ParsedDocument | BrokenDocument)[] => {
    if (part.kind === "json") return [{ content: part.content }];
    try {
      return readYaml(part.text, part.line);
    } catch (error) {
      const problem = problemOf(error, part.text);
      const line = part.line + problem.line - 1;
      if (problem.excessive)
        throw rbacErrors.EDGE_RBAC_DOCUMENT_EXCESSIVE({ place: `${file}:${line}`, problem: problem.problem });
      const { column, problem: reason } = problem;
      return [{ broken: { line, column, problem: reason }, hash: hashOf(part.text) }];
    }
  });
}

/**
 * Reads a file that must be understood as a whole.
 *
 * @throws EDGE_RBAC_SYNTAX with line and column, EDGE_RBAC_DOCUMENT_EXCESSIVE
 */
export function parseText(text: string, file: string): ParsedDocument[] {
  return readDocuments(text, file).map((document) => {
    if (!("broken" in document)) return document;
    const { line, column, problem } = document.broken;
    throw rbacErrors.EDGE_RBAC_SYNTAX({ file, line, column, problem });
  });
}

function partsOf(text: string, file: string) {
  try {
    return splitText(text);
  } catch (error) {
    if (!(error instanceof JsonTooDeep)) throw error;
    const problem = `JSON is nested more than ${maxJsonDepth} deep`;
    throw rbacErrors.EDGE_RBAC_DOCUMENT_EXCESSIVE({ place: file, problem }, { cause: error });
  }
}

function readYaml(source: string, firstLine: number): ParsedDocument[] {
  const normal = normalizeLines(source);
  const { events, text } = parseLeniently(normal.text, maxDepth);
  const lines = new LineCounter(text, firstLine);
  // Where lines had to be indented, offsets are no longer those of the source.
  const doubts = (start: number, end: number) =>
    normal.hasSeparators && (text !== normal.text || normal.hasSeparator(start, end));
  return buildDocuments(events, text, doubts).map(({ content, start, doubtful }) => ({
    content,
    line: lines.lineOf(start),
    ...(doubtful ? { doubt: { problem: separatorInText, hash: hashOf(source) } } : {}),
  }));
}

const hashOf = (text: string) => createHash("sha256").update(text).digest("hex");

interface Problem {
  /** Counted from 1. */
  readonly line: number;
  readonly column: number;
  readonly problem: string;
  readonly excessive: boolean;
}

function problemOf(error: unknown, text: string): Problem {
  if (error instanceof UnreadableYaml) {
    const before = text.slice(0, error.position);
    const line = new LineCounter(before, 1).lineOf(before.length);
    const column = before.length - Math.max(before.lastIndexOf("\n"), before.lastIndexOf("\r"));
    return { line, column, problem: error.message, excessive: error.excessive };
  }
  if (!(error instanceof YAMLException)) throw error;
  const { reason, mark } = error;
  const [line, column] = [(mark?.line ?? 0) + 1, (mark?.column ?? 0) + 1];
  return { line, column, problem: reason, excessive: reason.startsWith(tooDeep) };
}
