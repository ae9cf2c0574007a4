/** Every failure that this project reports on purpose: a stable code, what happened, and the way out. */
export class EdgeError extends Error {
  override readonly name = "EdgeError";
  /** Stable identifier, `EDGE_...`; documented in docs/errors.md. */
  readonly code: string;
  /** What the reader can do about it, in one or two sentences. */
  readonly remedy: string;

  constructor(code: string, message: string, remedy: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.remedy = remedy;
  }
}

/** One entry of the registry. `message` and `remedy` are templates: `{key}` is replaced by the detail of that name. */
export interface ErrorDefinition {
  /** What happened: starts in lower case, has no full stop, names the value. */
  readonly message: string;
  /** Why it happens, for the documentation. */
  readonly cause: string;
  /** The way out. */
  readonly remedy: string;
}

type Details = Readonly<Record<string, string | number>>;
type Factory = (details?: Details, options?: ErrorOptions) => EdgeError;

const definitions = new Map<string, ErrorDefinition>();

/**
 * Puts a group of errors into the registry and returns a factory for each.
 *
 * @example
 * throw configErrors.EDGE_CONFIG_INVALID({ stack: "local", problems: "..." });
 */
export function defineErrors<Code extends `EDGE_${string}`>(
  group: Readonly<Record<Code, ErrorDefinition>>,
): Readonly<Record<Code, Factory>> {
  const factories = {} as Record<Code, Factory>;
  for (const [code, definition] of Object.entries<ErrorDefinition>(group)) {
    if (definitions.has(code)) throw new Error(`error code ${code} is defined twice`);
    definitions.set(code, definition);
    factories[code as Code] = (details = {}, options) =>
      new EdgeError(code, fill(definition.message, details), fill(definition.remedy, details), options);
  }
  return factories;
}

/** All registered errors by code, in alphabetical order. */
export function registeredErrors(): ReadonlyMap<string, ErrorDefinition> {
  return new Map([...definitions].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function fill(template: string, details: Details): string {
  return template.replace(/\{(\w+)\}/g, (whole, key: string) => String(details[key] ?? whole));
}
