import type { StackValidationPolicy } from "@pulumi/policy";
// By path: Pulumi wants a package.json here, which ends the reach of the project's import names.
import { isJsonObject } from "../../runtime/base/index.ts";
import { dataKeys, objectNames } from "../../runtime/contract/index.ts";
import { readBundle } from "../trust-model/index.ts";
import { kubernetesObject, plannedResources } from "./plan.ts";

/** The trust bundle holds CA certificates and nothing else, each once, at least one of them still valid. */
export function bundlePolicy(now: () => Date): StackValidationPolicy {
  return {
    name: "trust-bundle-content",
    description: "The trust bundle is never empty: certificates of CAs alone, each once, one of them still valid.",
    severity: "critical",
    validateStack: ({ resources }, report) => {
      for (const resource of plannedResources(resources)) {
        for (const problem of bundleProblems(kubernetesObject(resource), now()))
          report(`data.${dataKeys.trustBundle}: ${problem}.`, resource.urn);
      }
    },
  };
}

/** What is wrong with the bundle in a ConfigMap; nothing for other objects, and while the bundle is not known yet. */
export function bundleProblems(object: unknown, now: Date): readonly string[] {
  if (!isJsonObject(object) || object.kind !== "ConfigMap" || !isJsonObject(object.metadata)) return [];
  if (object.metadata.name !== objectNames.trustBundle || !isJsonObject(object.data)) return [];
  const pem = object.data[dataKeys.trustBundle];
  if (typeof pem !== "string") return ["there is none"];
  return pem.includes("-----BEGIN") || pem === "" ? readBundle(pem, now.getTime()).problems : [];
}
