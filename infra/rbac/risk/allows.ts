import type { Permission } from "../model/permission.ts";

/** Whether the permission allows one of the verbs on one of the resources, wildcards included. Names do not matter. */
export function allows(
  permission: Permission,
  verbs: readonly string[],
  group: string,
  resources: readonly string[],
): boolean {
  if (permission.url !== "") return false;
  if (permission.verb !== "*" && !verbs.includes(permission.verb)) return false;
  if (permission.group !== "*" && permission.group !== group) return false;
  return resources.some((resource) => coversResource(permission.resource, resource));
}

function coversResource(pattern: string, resource: string): boolean {
  if (pattern === "*" || pattern === resource) return true;
  return pattern.startsWith("*/") && resource.endsWith(pattern.slice(1));
}
