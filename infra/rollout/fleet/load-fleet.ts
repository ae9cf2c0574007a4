import { readFile, stat } from "node:fs/promises";
import { Default } from "typebox/value";
import { parseDocument } from "yaml";
import { checkSchema, formatProblems, isJsonObject, isNestedDeeper, type Problem } from "#base";
import { rolloutErrors } from "../errors.ts";
import type { Fleet } from "../model/fleet.ts";
import { checkFleetRules } from "./check-rules.ts";
import { resolveFleet } from "./resolve-fleet.ts";
import { FleetSchema, type WrittenFleet } from "./schema.ts";

/** Where the fleet file is, relative to Pulumi.yaml. */
export const defaultFleetFile = "stacks/fleet.yaml";
const maxBytes = 4 * 1024 * 1024;
const maxDepth = 20;

/** @throws EDGE_FLEET_UNREADABLE, EDGE_FLEET_INVALID with all problems */
export async function loadFleet(file: string): Promise<Fleet> {
  return parseFleet(await readFleetFile(file), file);
}

/** @throws EDGE_FLEET_UNREADABLE, EDGE_FLEET_INVALID with all problems */
export function parseFleet(text: string, file: string): Fleet {
  const checked = checkFleet(parseYaml(text, file));
  if ("fleet" in checked) return checked.fleet;
  const { problems } = checked;
  const count = problems.length === 1 ? "a problem" : `${problems.length} problems`;
  throw rolloutErrors.EDGE_FLEET_INVALID({ file, count, problems: formatProblems(problems) });
}

/** The fleet that a file's content describes, or all that is wrong with it. */
export function checkFleet(content: unknown): { readonly fleet: Fleet } | { readonly problems: readonly Problem[] } {
  if (!isJsonObject(content) || isNestedDeeper(content, maxDepth)) return { problems: [noFleet] };
  const values = Default(FleetSchema, structuredClone(content)) as WrittenFleet;
  const schemaProblems = checkSchema(values, () => false, FleetSchema);
  const problems = [...schemaProblems, ...checkFleetRules(values, schemaProblems)];
  return problems.length > 0 ? { problems } : { fleet: resolveFleet(values) };
}

const noFleet: Problem = {
  path: "the file",
  found: "holds no map of usual depth",
  allowed: "a map with keys name, clusters, strategy",
  remedy: "Take the example in docs/rollouts.md.",
};

async function readFleetFile(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > maxBytes) throw rolloutErrors.EDGE_ROLLOUT_FILE_TOO_LARGE({ file, limit: "4 MB" });
    return await readFile(file, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === undefined || code.startsWith("EDGE_")) throw cause;
    const problem = code === "ENOENT" ? "there is no such file" : code;
    throw rolloutErrors.EDGE_FLEET_UNREADABLE({ file, problem }, { cause });
  }
}

function parseYaml(text: string, file: string): unknown {
  const unreadable = (problem: string) => rolloutErrors.EDGE_FLEET_UNREADABLE({ file, problem });
  if (text.length > maxBytes) throw rolloutErrors.EDGE_ROLLOUT_FILE_TOO_LARGE({ file, limit: "4 MB" });
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) {
    const line = error.linePos?.[0].line;
    throw unreadable(`${line === undefined ? "" : `line ${line}: `}${error.message.split("\n")[0]}`);
  }
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch {
    throw unreadable("it has aliases that lead nowhere, or too many");
  }
}
