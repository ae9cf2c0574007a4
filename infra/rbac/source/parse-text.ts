import { LineCounter, parseAllDocuments } from "yaml";
import { parseJson } from "#base";
import { rbacErrors } from "../errors.ts";

/** One document of a file. */
export interface ParsedDocument {
  readonly content: unknown;
  /** Line where it begins, counted from 1; undefined for JSON. */
  readonly line?: number;
}

/** Aliases may multiply a small file into a large one. */
const maxAliases = 1000;

/**
 * Parses JSON, or YAML with any number of documents.
 *
 * @param file its name for messages
 * @throws EDGE_RBAC_SYNTAX with line and column
 */
export function parseText(text: string, file: string): ParsedDocument[] {
  if (/^\s*[[{]/.test(text)) {
    // Broken JSON is broken YAML as well, and that parser tells the place.
    const json = parseJson(text);
    if (json !== undefined) return [{ content: json }];
  }
  const lines = new LineCounter();
  return parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, stringKeys: true }).map((document) => {
    const [error] = document.errors;
    if (error !== undefined) {
      const { line, col } = lines.linePos(error.pos[0]);
      throw rbacErrors.EDGE_RBAC_SYNTAX({ file, line, column: col, problem: firstLine(error.message) });
    }
    const start = document.contents?.range?.[0] ?? document.range[0];
    const { line } = lines.linePos(start);
    try {
      return { content: document.toJS({ maxAliasCount: maxAliases }), line };
    } catch (cause) {
      throw rbacErrors.EDGE_RBAC_SYNTAX(
        { file, line, column: 1, problem: firstLine((cause as Error).message) },
        { cause },
      );
    }
  });
}

const firstLine = (message: string) => (message.split("\n")[0] ?? "").replace(/:$/, "");
