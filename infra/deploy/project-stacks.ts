import { EdgeError, isJsonObject, mapConcurrently, parseJson } from "#base";
import { listStacks, loadProject, type StackProject } from "../render/index.ts";
import { applySetId, parentOf } from "./applyset.ts";
import { recordNamespaceIn } from "./record-namespace.ts";
import { clusterOfStack, type Target } from "./target.ts";

/** A stack of the project, by which its installations are known in a cluster. */
export interface ProjectStack {
  readonly name: string;
  /** Of what edgectl has deployed of it. */
  readonly applySet: string;
  /** Those of its installations; undefined where its configuration does not have them. */
  readonly namespaces: readonly string[] | undefined;
}

/** Stacks of the project that commands which name the target deploy to the same cluster. Those that cannot be read are left out. */
export async function readProjectStacks(projectDirectory: string, target: Target): Promise<readonly ProjectStack[]> {
  const names = await orNone(() => listStacks(projectDirectory));
  const stacks = await mapConcurrently(names, (name) => orNone(() => readStack(projectDirectory, name, target)));
  return stacks.flat();
}

async function readStack(projectDirectory: string, name: string, target: Target): Promise<readonly ProjectStack[]> {
  const project = await loadProject(projectDirectory, name);
  if (!isDeployedTo(project, target)) return [];
  const installations = parseJson(project.config.get("iotedge:installations"));
  const namespaces = Array.isArray(installations)
    ? installations.flatMap((one) => (isJsonObject(one) && typeof one.namespace === "string" ? [one.namespace] : []))
    : undefined;
  const applySet = applySetId(parentOf(name, recordNamespaceIn(project)));
  return [{ name, applySet, namespaces }];
}

/** Whether a command with the stack and the target's options reaches the target. */
function isDeployedTo(project: StackProject, { kind, context, kubeconfig }: Target): boolean {
  const own = clusterOfStack(project, kind === "local" ? undefined : kubeconfig);
  if (own === undefined) return true;
  return kind !== "local" && own.context === context && own.kubeconfig === kubeconfig;
}

async function orNone<T>(read: () => Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof EdgeError) return [];
    throw error;
  }
}
