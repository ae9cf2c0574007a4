/** What a pod reads and is not there. */
export interface MissingObject {
  readonly kind: "Secret" | "ConfigMap";
  readonly name: string;
  /** Where the object is there, but lacks this key. */
  readonly key?: string;
}

/** Reads what the kubelet says of a variable or a volume that it cannot fill. */
export function missingObject(message: string): MissingObject | undefined {
  const [, kind, name] = /\b(secret|configmap) "([^"]+)" not found/i.exec(message) ?? [];
  if (kind !== undefined && name !== undefined) return { kind: kindOf(kind), name };
  const [, key, keyKind, keyName] =
    /couldn't find key (\S+) in (Secret|ConfigMap) (?:\S+\/)?([^\s/]+)/i.exec(message) ?? [];
  if (key !== undefined && keyKind !== undefined && keyName !== undefined)
    return { kind: kindOf(keyKind), name: keyName, key };
  const [, ofKind, ofName] = /references non-existent (secret|config) key/i.test(message)
    ? (/volume "[^"]*" : (\w+) "?([^"\s]+)/.exec(message) ?? [])
    : [];
  return ofKind !== undefined && ofName !== undefined ? { kind: kindOf(ofKind), name: ofName } : undefined;
}

function kindOf(word: string): MissingObject["kind"] {
  return word.toLowerCase() === "secret" ? "Secret" : "ConfigMap";
}
