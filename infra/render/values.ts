/**
 * Property values as the Pulumi SDK sends them: JSON plus objects that carry a signature for what JSON has not
 * (secrets, outputs, references to resources), and one string that stands for "not known yet".
 */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value };
export type PropertyMap = { readonly [key: string]: Value };
export type Path = readonly (string | number)[];

/** Stands for a value that only a deployment would find out. */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
/** Key that marks an object as one of the kinds below. */
export const signatureKey = "4dabf18193072939515e22adb298388d";
const signatures = {
  secret: "1b47061264138c4ac30d75fd1eb44270",
  resource: "5cf8f73096256a8f31e491e813e4eb8e",
  output: "d0e6a833031e9bbcd3f4e8bde6ca49a4",
} as const;

/** Marks a value as secret. A value that is marked already is returned as it is. */
export function secret(value: Value): Value {
  return isSecret(value) ? value : { [signatureKey]: signatures.secret, value };
}

/** The same values, those under `keys` secret. */
export function markSecret(outputs: PropertyMap, keys: ReadonlySet<string | number | undefined>): PropertyMap {
  return Object.fromEntries(
    Object.entries(outputs).map(([key, value]) => [key, keys.has(key) ? secret(value) : value]),
  );
}

export function isSecret(value: Value | undefined): boolean {
  return isMap(value) && value[signatureKey] === signatures.secret;
}

export function isMap(value: Value | undefined): value is PropertyMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value without markers, and where it was secret or unknown. Paths are in the order of the value. */
export interface Revealed {
  readonly value: Value;
  /** Paths of secrets; nothing below a secret is listed again. */
  readonly secrets: readonly Path[];
  readonly unknowns: readonly Path[];
}

/** Thrown by {@link reveal}: a value has a kind that the receiver cannot take, such as a file asset. */
export class UnsupportedValue extends Error {
  readonly path: Path;
  constructor(path: Path) {
    super(`unsupported value at ${formatPath(path)}`);
    this.path = path;
  }
}

/**
 * Takes the markers off: secrets become their values, references become the id (or URN) that they refer to. Unknown
 * values stay {@link unknownValue}.
 *
 * @throws UnsupportedValue for assets, archives and whatever else carries a signature
 */
export function reveal(value: Value): Revealed {
  const secrets: Path[] = [];
  const unknowns: Path[] = [];
  return { value: visit(value, [], false), secrets, unknowns };

  function visit(node: Value, path: Path, insideSecret: boolean): Value {
    if (node === unknownValue) unknowns.push(path);
    if (Array.isArray(node)) return node.map((item: Value, index) => visit(item, [...path, index], insideSecret));
    if (!isMap(node)) return node;
    switch (node[signatureKey]) {
      case undefined:
        return Object.fromEntries(
          Object.entries(node).map(([key, item]) => [key, visit(item, [...path, key], insideSecret)]),
        );
      case signatures.secret:
        if (!insideSecret) secrets.push(path);
        return visit(node.value ?? null, path, true);
      case signatures.output:
        if (node.secret === true && !insideSecret) secrets.push(path);
        return visit("value" in node ? (node.value ?? null) : unknownValue, path, insideSecret || node.secret === true);
      case signatures.resource:
        return visit(node.id ?? node.urn ?? null, path, insideSecret);
      default:
        throw new UnsupportedValue(path);
    }
  }
}

/** `metadata.labels["app.kubernetes.io/name"]`, as a reader would write it. */
export function formatPath(path: Path): string {
  return path
    .map((step, index) => {
      if (typeof step === "number") return `[${step}]`;
      if (/^[A-Za-z_]\w*$/.test(step)) return index === 0 ? step : `.${step}`;
      return `[${JSON.stringify(step)}]`;
    })
    .join("");
}

/** The value with what lies at each of the paths replaced. Paths that do not exist are ignored. */
export function replaceAt(value: Value, paths: readonly Path[], replacement: Value): Value {
  if (paths.some((path) => path.length === 0)) return replacement;
  if (paths.length === 0) return value;
  const below = (step: string | number) => paths.filter(([first]) => first === step).map((path) => path.slice(1));
  if (Array.isArray(value)) return value.map((item: Value, index) => replaceAt(item, below(index), replacement));
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, replaceAt(item, below(key), replacement)]),
  );
}

/** JSON with sorted keys: equal values give equal text. */
export function compactJson(value: Value): string {
  if (Array.isArray(value)) return `[${value.map(compactJson).join(",")}]`;
  if (!isMap(value)) return JSON.stringify(value);
  const entries = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${compactJson(value[key] ?? null)}`);
  return `{${entries.join(",")}}`;
}
