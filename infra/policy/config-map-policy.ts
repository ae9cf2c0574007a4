import type { StackValidationPolicy } from "@pulumi/policy";
// By path: Pulumi wants a package.json here, which ends the reach of the project's import names.
import { isJsonObject } from "../../runtime/base/index.ts";
import { kubernetesObject, plannedResources } from "./plan.ts";

/** What keys and tokens look like in text. */
const patterns: Readonly<Record<string, RegExp>> = {
  "a private key": /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/,
  "a token": /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/,
  "a shared access key": /\bSharedAccessKey(?:Name=[^;]*;SharedAccessKey)?=[A-Za-z0-9+/=]{20,}/,
};

/** Keys and tokens belong in Secrets: those who may read ConfigMaps are not meant to have them. */
export const configMapPolicy: StackValidationPolicy = {
  name: "no-secret-in-config-map",
  description: "ConfigMaps hold no private keys, tokens or shared access keys.",
  severity: "critical",
  validateStack: ({ resources }, report) => {
    for (const resource of plannedResources(resources)) {
      for (const { key, what } of secretsIn(kubernetesObject(resource)))
        report(`data.${key} holds ${what}; put it into a Secret and mount that.`, resource.urn);
    }
  },
};

/** Keys of a ConfigMap that hold something secret. The value itself is never part of the answer. */
export function secretsIn(object: unknown): { readonly key: string; readonly what: string }[] {
  if (!isJsonObject(object) || object.kind !== "ConfigMap" || object.apiVersion !== "v1") return [];
  const texts = [...entries(object.data), ...entries(object.binaryData).map(decoded)];
  return texts.flatMap(([key, text]) =>
    Object.entries(patterns).flatMap(([what, pattern]) => (pattern.test(text) ? [{ key, what }] : [])),
  );
}

function entries(data: unknown): [key: string, text: string][] {
  if (!isJsonObject(data)) return [];
  return Object.entries(data).flatMap(([key, text]) => (typeof text === "string" ? [[key, text]] : []));
}

const decoded = ([key, text]: [string, string]): [string, string] => [
  key,
  Buffer.from(text, "base64").toString("latin1"),
];
