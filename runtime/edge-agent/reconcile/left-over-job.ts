import { edgeAgentErrors } from "../errors.ts";
import type { Installation } from "../mapping/installation.ts";
import type { ModulePlan } from "./action.ts";

/** A module whose Job is left over waits for its end: a Deployment beside it would run the module twice. */
export function refuseLeftOverJob(moduleId: string, name: string, { identity }: Installation): ModulePlan {
  const { namespace } = identity.installation;
  return { moduleId, actions: [], failure: edgeAgentErrors.EDGE_AGENT_JOB_LEFT({ module: moduleId, name, namespace }) };
}
