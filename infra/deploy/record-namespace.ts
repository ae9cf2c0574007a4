import { isJsonObject, parseJson } from "#base";
import { loadProject, type StackProject } from "../render/index.ts";

/**
 * Namespace of the record of what the stack has deployed. Who leaves cluster-scoped objects to an administrator may have
 * rights in the installation's namespace alone, so the record is there; with several installations, in that of the first.
 *
 * @returns undefined: where every stack has it
 */
export async function recordNamespaceOf(projectDirectory: string, stack: string): Promise<string | undefined> {
  return recordNamespaceIn(await loadProject(projectDirectory, stack));
}

/** The same of a stack whose configuration was read already. */
export function recordNamespaceIn({ config }: StackProject): string | undefined {
  if (config.get("iotedge:clusterObjects") !== "external") return undefined;
  const installations = parseJson(config.get("iotedge:installations"));
  const [first] = Array.isArray(installations) ? installations : [];
  return isJsonObject(first) && typeof first.namespace === "string" ? first.namespace : undefined;
}
