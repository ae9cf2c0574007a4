import type { PolicyResource } from "@pulumi/policy";

/** A resource of the stack as plain data. */
export interface PlannedResource {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly props: Readonly<Record<string, unknown>>;
  /** Logical name of the provider, which tells clusters apart. */
  readonly provider: string;
}

/** What stands for a value that is not known before the update, as in Pulumi's own previews. */
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/**
 * Copies resources out of the policy SDK's proxies. These throw where a value is not known yet, and the SDK then skips
 * the whole policy with a note; a placeholder instead lets the rules say what cannot be judged.
 */
export function plannedResources(
  resources: readonly Pick<PolicyResource, "urn" | "type" | "name" | "props" | "provider">[],
): PlannedResource[] {
  return resources.map(({ urn, type, name, props, provider }) => ({
    urn,
    type,
    name,
    props: plain(props) as Readonly<Record<string, unknown>>,
    provider: provider?.name ?? "default",
  }));
}

function plain(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return Array.from({ length: value.length }, (_, index) => read(value, index));
  return Object.fromEntries(Object.keys(value).map((key) => [key, read(value, key)]));
}

function read(container: object, key: string | number): unknown {
  try {
    return plain((container as Record<string | number, unknown>)[key]);
  } catch {
    return unknown;
  }
}

/** The Kubernetes object that a resource declares, with type and version from its token; undefined for other resources. */
export function kubernetesObject({ type, props }: PlannedResource): Readonly<Record<string, unknown>> | undefined {
  const [, groupVersion, kind] = /^kubernetes:([^:]+\/[^:]+):([^:]+)$/.exec(type) ?? [];
  if (groupVersion === undefined || kind === undefined) return undefined;
  return { ...props, apiVersion: groupVersion.replace(/^core\//, ""), kind };
}
