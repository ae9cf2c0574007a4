import { type Path, parseJson } from "#base";
import { type FileContent, readTextFile, readVariablesFile } from "../manifest-check/index.ts";
import { ConfigSchema } from "./schema.ts";

/** Where the configuration of a stack comes from, and what it may refer to. */
export interface ConfigSource {
  readonly stack: string;
  /** Decoded values by key, without the project's namespace. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Keys with an encrypted value in them. */
  readonly secretKeys: ReadonlySet<string>;
  /** Directory of Pulumi.yaml: what paths are relative to. */
  readonly projectRoot: string;
  /** The file's text, or why there is none. `variables`: of a `.env` beside a manifest. */
  readonly readFile: (path: string, kind?: "variables") => FileContent;
  /** $KUBECONFIG, which counts where the configuration names a context but no kubeconfig. */
  readonly kubeconfigVariable: string | undefined;
  /** Variables of the environment, which templates of manifests may name; absent: there are none. */
  readonly variable?: (name: string) => string | undefined;
}

/** A stack's configuration as the Pulumi SDK hands it over: texts by `namespace:key`. */
export interface ConfigEntries {
  readonly stack: string;
  readonly projectRoot: string;
  readonly entries: Iterable<readonly [key: string, text: string]>;
  readonly secretKeys?: Iterable<string>;
}

const namespace = "iotedge:";

/** The configuration with the files and the environment of this process around it. */
export function sourceFromEntries({ stack, projectRoot, entries, secretKeys = [] }: ConfigEntries): ConfigSource {
  const own = [...entries].filter(([key]) => key.startsWith(namespace));
  return {
    stack,
    projectRoot,
    values: Object.fromEntries(own.map(([key, text]) => [withoutNamespace(key), decode(withoutNamespace(key), text)])),
    secretKeys: new Set([...secretKeys].filter((key) => key.startsWith(namespace)).map(withoutNamespace)),
    readFile: (path, kind) => (kind === "variables" ? readVariablesFile(path) : readTextFile(path)),
    kubeconfigVariable: process.env.KUBECONFIG,
    variable: (name) => process.env[name],
  };
}

/** Whether what stands at `path` is, or is part of, something encrypted. A kubeconfig's content holds keys. */
export function isSecretPath(source: ConfigSource, path: Path): boolean {
  const [key, field] = path;
  if (key === "registries") return path.at(-1) === "password" || source.secretKeys.has(key);
  return source.secretKeys.has(String(key)) || (key === "kubernetes" && field === "kubeconfig");
}

function withoutNamespace(key: string): string {
  return key.slice(namespace.length);
}

/** Pulumi hands over texts as they are and everything else as JSON. What is neither is left to the schema to refuse. */
function decode(key: string, text: string): unknown {
  const schema = new Map(Object.entries(ConfigSchema.properties)).get(key);
  const value = schema?.type === "string" ? undefined : parseJson(text);
  return value === undefined ? text : value;
}
