import { isJsonObject } from "#base";
import { contentLimits, type FolderFile } from "../../../gitops/index.ts";
import type { ObjectToApply } from "../../../kubernetes/index.ts";

/** What the manifests of an artifact say, and in which file. */
export interface Manifests {
  readonly objects: readonly { readonly file: string; readonly object: ObjectToApply }[];
  /** By file. */
  readonly kustomizations: ReadonlyMap<string, unknown>;
}

/** Finding keys that are there twice takes the square of their number; that there are some, the bytes tell. */
const options = { uniqueKeys: false, prettyErrors: false } as const;

/** kustomize takes the file by its name, with or without an apiVersion in it. */
const kustomizationNames: readonly string[] = ["kustomization.yaml", "kustomization.yml"];

/**
 * Reads files of whoever may push to a registry, on the thread that also keeps the locks of all other clusters.
 *
 * @throws Error saying what is wrong
 */
export async function readManifests(files: readonly FolderFile[]): Promise<Manifests> {
  const { Lexer, parseAllDocuments } = await import("yaml");
  const manifests = files.filter(({ name }) => /\.ya?ml$/.test(name));
  let tokens = 0;
  for (const { content } of manifests) {
    for (const _ of new Lexer().lex(content)) {
      tokens += 1;
      if (tokens > contentLimits.tokens) throw new Error(`it has more than ${contentLimits.tokens} tokens of YAML`);
    }
  }
  const objects: { file: string; object: ObjectToApply }[] = [];
  const kustomizations = new Map<string, unknown>();
  for (const { name, content } of manifests) {
    for (const document of parseAllDocuments(content, options)) {
      if (document.errors.length > 0) throw new Error(`${name} is no YAML`);
      const value: unknown = document.toJS({ maxAliasCount: 0 });
      if (isKustomization(name, value)) kustomizations.set(name, value);
      else if (value !== null) objects.push({ file: name, object: asObject(name, value) });
    }
  }
  return { objects, kustomizations };
}

function isKustomization(file: string, value: unknown): boolean {
  if (kustomizationNames.includes(file)) return true;
  return isJsonObject(value) && String(value.apiVersion).startsWith("kustomize.config.k8s.io/");
}

function asObject(file: string, value: unknown): ObjectToApply {
  const metadata = isJsonObject(value) ? value.metadata : undefined;
  const isObject =
    isJsonObject(value) &&
    typeof value.apiVersion === "string" &&
    typeof value.kind === "string" &&
    isJsonObject(metadata) &&
    typeof metadata.name === "string" &&
    (metadata.namespace === undefined || typeof metadata.namespace === "string");
  if (!isObject) throw new Error(`${file} holds something that is no object of Kubernetes`);
  return value as unknown as ObjectToApply;
}
