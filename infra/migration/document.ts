import { parse as parseToml } from "smol-toml";
import { LineCounter, parseDocument } from "yaml";
import { isJsonObject, isNestedDeeper, type JsonObject } from "#base";
import { migrationErrors } from "./errors.ts";

/** A file as data, and where its keys stand. */
export interface SourceDocument {
  readonly file: string;
  readonly format: "toml" | "yaml";
  readonly text: string;
  readonly values: JsonObject;
  lineOf(path: readonly string[]): number | undefined;
}

const maxBytes = 1024 * 1024;
const maxDepth = 32;

/** @throws EDGE_MIGRATE_UNREADABLE, which quotes nothing of the file: it may hold keys */
export function readTomlDocument(file: string, text: string): SourceDocument {
  const values = guarded(file, text, () => plain(parseToml(text)), "it is no TOML");
  let find: ReturnType<typeof linesInToml> | undefined;
  const lineOf = (path: readonly string[]) => {
    find ??= linesInToml(text);
    return find(path);
  };
  return { file, format: "toml", text, values, lineOf };
}

/** By the file's name: what is called `.yaml` is YAML, all else TOML. */
export function readDeviceDocument(file: string, text: string): SourceDocument {
  return /\.ya?ml$/i.test(file) ? readYamlDocument(file, text) : readTomlDocument(file, text);
}

/** @throws EDGE_MIGRATE_UNREADABLE */
export function readYamlDocument(file: string, text: string): SourceDocument {
  const counter = new LineCounter();
  const document = guardedText(file, text, () => parseDocument(text, { lineCounter: counter }));
  const values = guarded(
    file,
    text,
    () => {
      const [error] = document.errors;
      if (error !== undefined) throw error;
      return plain(document.toJS({ maxAliasCount: 10 }) ?? {});
    },
    "it is no YAML",
  );
  const lineOf = (path: readonly string[]) => {
    const node = document.getIn(path, true) as { readonly range?: readonly number[] } | undefined;
    const offset = node?.range?.[0];
    return offset === undefined ? undefined : counter.linePos(offset).line;
  };
  return { file, format: "yaml", text, values, lineOf };
}

function guardedText<T>(file: string, text: string, read: () => T): T {
  if (Buffer.byteLength(text) > maxBytes) throw unreadable(file, "it is larger than 1 MiB");
  try {
    return read();
  } catch {
    throw unreadable(file, "it cannot be parsed");
  }
}

function guarded(file: string, text: string, read: () => unknown, problem: string): JsonObject {
  if (Buffer.byteLength(text) > maxBytes) throw unreadable(file, "it is larger than 1 MiB");
  let values: unknown;
  try {
    values = read();
  } catch {
    throw unreadable(file, problem);
  }
  if (!isJsonObject(values as JsonObject)) throw unreadable(file, `${problem} with keys at its top`);
  if (isNestedDeeper(values as JsonObject, maxDepth)) throw unreadable(file, "it is nested too deep");
  return values as JsonObject;
}

const unreadable = (file: string, problem: string) => migrationErrors.EDGE_MIGRATE_UNREADABLE({ file, problem });

/** Without dates and large numbers, which JSON has not. */
const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_key, one) => (typeof one === "bigint" ? String(one) : one)) ?? "null");

/** The parser tells no places: tables and keys are looked for as they are commonly written, one each line. */
function linesInToml(text: string): (path: readonly string[]) => number | undefined {
  const unquoted = (name: string) => name.split(".").map((part) => part.trim().replace(/^["']|["']$/g, ""));
  const [tables, keys] = [new Map<string, number>(), new Map<string, number>()];
  const note = (lines: Map<string, number>, path: readonly string[], line: number) => {
    const joined = path.join("\0");
    if (!lines.has(joined)) lines.set(joined, line);
  };
  let table: readonly string[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const [, header] = /^\s*\[+([^\]]+)\]+/.exec(line) ?? [];
    if (header !== undefined) {
      table = unquoted(header);
      note(tables, table, index + 1);
    }
    const [, key] = /^\s*([A-Za-z0-9_."'-]+)\s*=/.exec(line) ?? [];
    if (key !== undefined) note(keys, [...table, ...unquoted(key)], index + 1);
  }
  return (path) => {
    const above = path.map((_, length) => keys.get(path.slice(0, length + 1).join("\0")));
    const lines = [...above, tables.get(path.join("\0"))].filter((line) => line !== undefined);
    return lines.length === 0 ? undefined : Math.min(...lines);
  };
}
