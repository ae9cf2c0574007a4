import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb.js";
import { makeUrn } from "./urn.ts";
import type { PropertyMap } from "./values.ts";

/** A resource as the program registers it. */
export interface ResourceRequest {
  readonly type: string;
  readonly name: string;
  /** URN; empty for none. */
  readonly parent: string;
  readonly custom: boolean;
  /** Whether a component is built by another process. */
  readonly remote: boolean;
  readonly inputs: PropertyMap;
  /** `<urn>::<id>`; empty for the default provider. */
  readonly provider: string;
  readonly importId: string;
  readonly additionalSecretOutputs: readonly string[];
  readonly aliases: readonly Alias[];
}

/** An earlier identity of a resource: a URN, or what was different then. */
export type Alias =
  | { readonly urn: string }
  | {
      readonly name?: string | undefined;
      readonly type?: string | undefined;
      readonly stack?: string | undefined;
      readonly project?: string | undefined;
      /** Empty: it had no parent. Undefined: it had the same. */
      readonly parent?: string | undefined;
    };

/** A registration as the SDK sends it. */
export function readRequest(call: RegisterResourceRequest): ResourceRequest {
  return {
    type: call.getType(),
    name: call.getName(),
    parent: call.getParent(),
    custom: call.getCustom(),
    remote: call.getRemote(),
    inputs: readProperties(call.getObject()),
    provider: call.getProvider(),
    importId: call.getImportid(),
    additionalSecretOutputs: call.getAdditionalsecretoutputsList(),
    aliases: [...call.getAliasurnsList().map((urn) => ({ urn })), ...call.getAliasesList().map(readAlias)],
  };
}

/** An alias as the SDK sends it. */
export function readAlias(alias: ReturnType<RegisterResourceRequest["getAliasesList"]>[number]): Alias {
  const spec = alias.getSpec();
  if (spec === undefined) return { urn: alias.getUrn() };
  return {
    name: spec.getName(),
    type: spec.getType(),
    stack: spec.getStack(),
    project: spec.getProject(),
    parent: spec.getNoparent() ? "" : spec.getParenturn() || undefined,
  };
}

/**
 * Earlier URNs of a resource: its own aliases, and what it was called when its parent had another name.
 *
 * @param parentAliases earlier URNs of the parent
 */
export function resolveAliases(
  request: ResourceRequest,
  { stack, project }: { readonly stack: string; readonly project: string },
  parentAliases: readonly string[],
): readonly string[] {
  const { type, name } = request;
  const own = request.aliases.map((alias) => {
    if ("urn" in alias) return alias.urn;
    return makeUrn(alias.stack || stack, alias.project || project, {
      type: alias.type || type,
      name: alias.name || name,
      parent: alias.parent ?? request.parent,
    });
  });
  return [...own, ...parentAliases.map((parent) => makeUrn(stack, project, { type, name, parent }))];
}

export function readProperties(properties: { toJavaScript(): object } | undefined): PropertyMap {
  return (properties?.toJavaScript() ?? {}) as PropertyMap;
}
