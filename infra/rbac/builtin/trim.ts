/** A built-in object without what differs from cluster to cluster. */
export function trim(kind: string, { metadata, ...content }: { metadata?: object }): object {
  const { name, namespace, labels } = metadata as { name: string; namespace?: string; labels?: object };
  // Rules of an aggregated role are worked out anew, as another source may add to them.
  const rules = "aggregationRule" in content && content.aggregationRule ? { rules: [] } : {};
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    ...content,
    ...rules,
    kind,
    metadata: { name, namespace, labels },
  };
}

/** Text of a data file. */
export function dataFile(items: readonly object[]): string {
  return `${JSON.stringify({ kind: "List", apiVersion: "v1", items }, null, 2)}\n`;
}
