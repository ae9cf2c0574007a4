import { resolve } from "node:path";
import { isJsonObject, isNestedDeeper, type JsonObject } from "./json.ts";
import { formatPath, formatValue, type Path, type Problem } from "./problem.ts";
import type { ConfigSource } from "./source.ts";

export type JsonFile = { readonly content: JsonObject } | { readonly problem: Problem };

export const maxDepth = 100;

/** Reads the JSON object in the file that the configuration names at `path`. */
export function readJsonFile(source: ConfigSource, path: Path, file: string, remedy: string): JsonFile {
  const read = source.readFile(resolve(source.projectRoot, file));
  const problem = (state: string): JsonFile => ({
    problem: {
      path: formatPath(path),
      found: `is ${formatValue(file)}, which ${state}`,
      allowed: "the path of a JSON file, relative to the directory of Pulumi.yaml",
      remedy,
    },
  });
  if ("failure" in read) return problem(read.failure === "missing" ? "does not exist" : `is ${read.failure}`);
  try {
    const content: unknown = JSON.parse(read.text);
    if (!isJsonObject(content) || isNestedDeeper(content, maxDepth))
      return problem("holds no JSON object of usual depth");
    return { content };
  } catch {
    return problem("is not valid JSON");
  }
}
