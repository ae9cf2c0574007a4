import { type AgentSettings, edgeAgentRulesOf } from "#contract";
import { type ApiClient, type Health, selfCheck } from "#shared";
import { edgeAgentErrors } from "./errors.ts";

/** Name of the condition that the permissions are there. */
export const permissionsCondition = "permissions";

/**
 * Checks that Role `edgeagent` grants what EdgeAgent calls.
 *
 * @throws EDGE_AGENT_PERMISSION_MISSING naming each missing right
 */
export async function requirePermissions(
  client: ApiClient,
  namespace: string,
  { modules, replicas, connected }: Pick<AgentSettings, "modules" | "replicas"> & { readonly connected?: boolean },
): Promise<void> {
  const missing = await selfCheck(client, namespace, edgeAgentRulesOf(modules, replicas, connected));
  if (missing.length === 0) return;
  const rights = missing.map(({ verb, group, resource, name }) =>
    [verb, group === "" ? resource : `${resource}.${group}`, name].filter((part) => part !== undefined).join(" "),
  );
  throw edgeAgentErrors.EDGE_AGENT_PERMISSION_MISSING({ rights: rights.join(", ") });
}

/** Keeps the condition that the permissions are there; throws as `required` does. */
export async function checkPermissions(required: () => Promise<void>, health: Health): Promise<true> {
  try {
    await required();
    health.pass(permissionsCondition);
    return true;
  } catch (error) {
    health.fail(permissionsCondition, (error as Error).message);
    throw error;
  }
}
