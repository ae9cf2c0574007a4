/** The root of every stack. Its children do not carry its type in their URNs. */
export const stackType = "pulumi:pulumi:Stack";

/**
 * `urn:pulumi:<stack>::<project>::<types of the parents>$<type>::<name>`, as Pulumi makes it.
 *
 * @param parent URN of the parent; empty for none
 */
export function makeUrn(
  stack: string,
  project: string,
  resource: { readonly type: string; readonly name: string; readonly parent?: string | undefined },
): string {
  const parentType = resource.parent ? qualifiedType(resource.parent) : "";
  const type = parentType && parentType !== stackType ? `${parentType}$${resource.type}` : resource.type;
  return `urn:pulumi:${stack}::${project}::${type}::${resource.name}`;
}

/** Types of the resource and of its parents, joined by `$`. */
export function qualifiedType(urn: string): string {
  return urn.split("::")[2] ?? "";
}
