import { isJsonObject, type JsonObject, parseJson } from "#base";

/** A Secret with a key of an installation, which the stack names by `existingSecret`. */
export interface KeySecret {
  readonly namespace: string;
  readonly name: string;
  readonly of: "identity" | "workload CA";
  /** PEM of the CAs that the installation trusts already. */
  readonly trustedCas: readonly string[];
  /** Life of a CA. */
  readonly days: number;
}

const objectName = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
const defaultDays = 730;

/**
 * The Secrets by installation, as far as the configuration can be understood: what is wrong with it is said when it is rendered.
 *
 * @param text `installations` of the stack's configuration, as JSON
 */
export function keySecretsOf(text: string | undefined): readonly (readonly KeySecret[])[] {
  const installations = parseJson(text ?? "[]");
  if (!Array.isArray(installations)) return [];
  return installations.map((installation) => {
    const namespace = at(installation, "namespace");
    if (typeof namespace !== "string" || !objectName.test(namespace)) return [];
    const trust = at(installation, "trust");
    const trusted = at(trust, "trustedCas");
    const days = at(trust, "workloadCaDays");
    const common = {
      namespace,
      trustedCas: Array.isArray(trusted) ? trusted.filter((pem) => typeof pem === "string") : [],
      days: typeof days === "number" && days > 0 && days <= 36_500 ? days : defaultDays,
    };
    const secret = (of: KeySecret["of"], name: unknown): readonly KeySecret[] =>
      typeof name === "string" && objectName.test(name) ? [{ ...common, of, name }] : [];
    return [
      ...secret("identity", at(at(installation, "identity"), "existingSecret")),
      ...secret("workload CA", at(at(trust, "workloadCa"), "existingSecret")),
    ];
  });
}

function at(value: unknown, key: string): unknown {
  return isJsonObject(value) ? (value as JsonObject)[key] : undefined;
}

const prefix = "sops-secret_";

/** `sops-secret_line-1_line-1-identity.yaml`. */
export function keyFileName({ namespace, name }: Pick<KeySecret, "namespace" | "name">): string {
  return `${prefix}${namespace}_${name}.yaml`;
}

/** Whether a file's name is one that {@link keyFileName} gives. */
export function isKeyFileName(name: string): boolean {
  return name.startsWith(prefix) && name.endsWith(".yaml");
}
