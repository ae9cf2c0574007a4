import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb.js";
import type { Alias } from "./monitor.ts";

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
