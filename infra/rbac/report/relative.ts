import type { Finding } from "../risk/finding.ts";

/** The namespace that a finding is about: of its ServiceAccount, or else its scope. */
export const namespaceOf = ({ about, scope }: Pick<Finding, "about" | "scope">) =>
  /^ServiceAccount ([^/]+)\//.exec(about)?.[1] ?? scope;

/**
 * Replaces a namespace by `{namespace}` where it stands as a word of its own, as in `edge-a/edgeagent` and
 * `iotedge:edge-a:node-observer`, so that what is the same for many installations reads the same.
 */
export function relative(text: string, namespace: string): string {
  if (namespace === "" || !text.includes(namespace)) return text;
  const escaped = namespace.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return text.replace(new RegExp(`(?<![\\w.-])${escaped}(?![\\w.-])`, "g"), "{namespace}");
}
