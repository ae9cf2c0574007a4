import { formatPath, type Problem } from "#base";
import { closedVariable } from "#contract";

/** Names that the environment gives to no manifest, although the stack lists them. */
export function variableProblems(listed: readonly string[]): readonly Problem[] {
  return listed.flatMap((name, index) => {
    const why = closedVariable(name);
    if (why === undefined) return [];
    return {
      path: formatPath(["deploymentVariables", index]),
      found: `names ${name}, which ${why}`,
      allowed: "the name of what everybody may read who may read ConfigMaps of the cluster",
      remedy: "Use another name; for a credential, keep it in a Secret and write valueFrom in the manifest.",
    };
  });
}
