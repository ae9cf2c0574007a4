import { resolve } from "node:path";
import {
  type EdgeError,
  formatPath,
  formatValue,
  isJsonObject,
  isNestedDeeper,
  type JsonObject,
  type Path,
  parseKeepingDigits,
  type Resolved,
  withoutByteOrderMark,
} from "#base";
import { findJsonProblem, utf8Remedy } from "../manifest-check/index.ts";
import type { ConfigSource } from "./source.ts";

/** A file that the configuration names. */
interface NamedFile {
  /** Where it is named. */
  readonly path: Path;
  readonly file: string;
  /** What to do when it cannot be used. */
  readonly remedy: string;
  /** Error where a missing file is all that is wrong with the stack. */
  readonly missing?: EdgeError;
}

export const maxDepth = 100;

/** A JSON object and the text that it was read from. */
export interface JsonDocument {
  readonly text: string;
  readonly object: JsonObject;
}

/** Reads the JSON object in a file that the configuration names. */
export function readJsonFile(source: ConfigSource, named: NamedFile): Resolved<JsonObject> {
  const read = readJsonDocument(source, named);
  return "problems" in read ? read : { value: read.value.object };
}

/** Reads it with its text, in which places can be found. */
export function readJsonDocument(source: ConfigSource, named: NamedFile): Resolved<JsonDocument> {
  const read = source.readFile(resolve(source.projectRoot, named.file));
  if ("text" in read) return parse(read.text, named);
  if (read.failure === "UTF-16") return unusable({ ...named, remedy: utf8Remedy }, "is UTF-16, and not UTF-8");
  if (read.failure !== "missing") return unusable(named, `is ${read.failure}`);
  return unusable(named, "does not exist", named.missing);
}

function parse(written: string, named: NamedFile): Resolved<JsonDocument> {
  const text = withoutByteOrderMark(written);
  const content = parseKeepingDigits(text);
  if (content === undefined) {
    const place = findJsonProblem(text);
    const where = place && ` (line ${place.line}, column ${place.column}: ${place.problem})`;
    return unusable(named, `is not valid JSON${where ?? ""}`);
  }
  if (isJsonObject(content) && !isNestedDeeper(content, maxDepth)) return { value: { text, object: content } };
  return unusable(named, "holds no JSON object of usual depth");
}

function unusable({ path, file, remedy }: NamedFile, state: string, error?: EdgeError): Resolved<never> {
  const problem = {
    path: formatPath(path),
    found: `is ${formatValue(file)}, which ${state}`,
    allowed: "the path of a JSON file, relative to the directory of Pulumi.yaml",
    remedy,
    ...(error && { error }),
  };
  return { problems: [problem] };
}
