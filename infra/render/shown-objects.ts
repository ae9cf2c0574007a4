import { escapeForYaml } from "#base";
import type { KubernetesObject, RenderedObject } from "./kubernetes-object.ts";
import { isMap, type PropertyMap, replaceAt, type Value } from "./values.ts";

/**
 * Stands in a manifest for a value that is not shown. It is no base64, so that the API server refuses a Secret that was
 * printed without `--show-secrets` rather than take the placeholder for a key.
 */
export const secretPlaceholder = "(secret)";
export const unknownPlaceholder = "(known after deployment)";

export interface ManifestOptions {
  /** @default false */
  readonly showSecrets?: boolean;
}

/** The object as it may be shown: placeholders instead of secrets and of what is not known yet. */
export function toManifest(rendered: RenderedObject, options: ManifestOptions = {}): KubernetesObject {
  const known = replaceAt(rendered.object as PropertyMap, rendered.unknowns, unknownPlaceholder);
  if (options.showSecrets) return known as KubernetesObject;
  if (rendered.object.kind === "Secret") return withoutSecretData(known as PropertyMap);
  return replaceAt(known, rendered.secrets, secretPlaceholder) as KubernetesObject;
}

/** Documents of one YAML stream. */
export async function formatYaml(objects: readonly KubernetesObject[]): Promise<string> {
  const { stringify } = await import("yaml");
  return objects.map((object) => `---\n${stringify(object, { aliasDuplicateObjects: false, lineWidth: 0 })}`).join("");
}

/** One object of kind `List`, as `kubectl get -o json` prints it. */
export function formatJson(objects: readonly KubernetesObject[]): string {
  return `${escapeForYaml(JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }, null, 2))}\n`;
}

/** Keys of `stringData` move to `data`, where the API server checks the encoding. */
function withoutSecretData(secret: PropertyMap): KubernetesObject {
  const { data, stringData, ...rest } = secret;
  const keys = [data, stringData].flatMap((part: Value | undefined) => (isMap(part) ? Object.keys(part) : []));
  const hidden = Object.fromEntries(keys.map((key) => [key, secretPlaceholder]));
  return { ...rest, ...(keys.length > 0 ? { data: hidden } : {}) } as unknown as KubernetesObject;
}
