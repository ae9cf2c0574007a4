import { parseEnv } from "node:util";
import { isJsonObject, type Json, type JsonObject, parseKeepingDigits } from "#base";
import { closedVariable, isSecretVariable } from "#contract";
import { repeatedKeys } from "#manifest";

/** What a name in a template stands for; undefined where nobody has said so. */
export type Lookup = (name: string, form?: "braced" | "bare") => string | undefined;

/** `${NAME}` and `$NAME`, as templates of IoT Edge have them. Not what IoT Edge itself calls so. */
const placeholder = /\$\{([A-Za-z_]\w*)\}|(?<![$\\])\$(?!(?:upstream|edgeHub|edgeAgent)\b)([A-Za-z_]\w*)/g;
/** What has words of a shell in it, which writes its variables the same way. */
const shellFields = new Set(["cmd", "entrypoint", "healthcheck"]);
const credentials = "registryCredentials";
const optionsKey = /^createOptions(\d\d)?$/;

/** What a manifest may take from the environment of who deploys. */
export interface ListedVariables {
  /** Nothing else: who writes a manifest cannot name what else is in there. */
  readonly names: readonly string[];
  readonly environment: Lookup;
}

/**
 * Names of a `.env` file, and else those of the environment that are listed. `$NAME` stands for what the file says alone:
 * where there is none, it may be meant as it is. A name of a secret stands for nothing: what it stood for would be read in a
 * ConfigMap.
 *
 * @param file content of the file, if there is one
 */
export function lookupIn(file: string | undefined, { names, environment }: ListedVariables): Lookup {
  const own = file === undefined ? {} : parseEnv(file);
  const listed = new Set(names.filter((name) => closedVariable(name) === undefined));
  return (name, form = "braced") => {
    if (isSecretVariable(name)) return undefined;
    if (Object.hasOwn(own, name)) return own[name];
    return form === "braced" && listed.has(name) ? environment(name) : undefined;
  };
}

/**
 * The template with what its placeholders stand for. What nobody has said stays as it is, as do credentials: EdgeAgent's
 * parser names the one and refuses the other.
 */
export function fillTemplate(template: JsonObject, lookup: Lookup): JsonObject {
  return fillObject(template, lookup);
}

function fill(value: Json, lookup: Lookup): Json {
  if (typeof value === "string") return fillText(value, lookup);
  if (Array.isArray(value)) return value.map((item) => fill(item, lookup));
  return isJsonObject(value) ? fillObject(value, lookup) : value;
}

function fillText(text: string, lookup: Lookup): string {
  const [, variable = ""] = /^(\w+)=/.exec(text) ?? [];
  if (isSecretVariable(variable)) return text;
  return text.replace(placeholder, (whole, braced: string | undefined, bare: string | undefined) => {
    const value = braced === undefined ? lookup(bare ?? "", "bare") : lookup(braced);
    return value ?? whole;
  });
}

function fillObject(object: JsonObject, lookup: Lookup): JsonObject {
  const entries = Object.entries(withReadOptions(object));
  const keys = fillKeys(
    entries.map(([key]) => key),
    lookup,
  );
  return Object.fromEntries(
    entries.map(([key, value]) => {
      const filledKey = keys.get(key) ?? key;
      if (shellFields.has(key.toLowerCase()) || isVariable(filledKey, value)) return [filledKey, value];
      return [filledKey, key === credentials ? fillAddresses(value, lookup) : fill(value, lookup)];
    }),
  );
}

/** What keys become. Of those that would become one and the same, each stays as it is: the parser names it. */
function fillKeys(written: readonly string[], lookup: Lookup): ReadonlyMap<string, string> {
  const filled = written.map((key) => fillText(key, lookup));
  return new Map(
    written.map((key, index) => {
      const now = filled[index] ?? key;
      return [key, filled.indexOf(now) === filled.lastIndexOf(now) ? now : key];
    }),
  );
}

/** Of a registry the address alone is no secret. */
function fillAddresses(registries: Json, lookup: Lookup): Json {
  if (!isJsonObject(registries)) return registries;
  const filled = Object.entries(registries).map(([name, registry]) => {
    const isFilled = isJsonObject(registry) && typeof registry.address === "string";
    return [name, isFilled ? { ...registry, address: fillText(String(registry.address), lookup) } : registry];
  });
  return Object.fromEntries(filled);
}

/** Whether it is `{"PASSWORD": {"value": ...}}`. */
function isVariable(key: string, value: Json): boolean {
  return isJsonObject(value) && "value" in value && isSecretVariable(key);
}

/** Options in one text, or several that continue each other, as the object that they are: what is filled in may hold quotes. */
function withReadOptions(settings: JsonObject): JsonObject {
  const parts = Object.entries(settings)
    .filter(([key]) => optionsKey.test(key))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const texts = parts.map(([, value]) => value);
  if (parts.length === 0 || !texts.every((text) => typeof text === "string")) return settings;
  const whole = texts.join("");
  const options = whole.search(placeholder) < 0 ? undefined : parseKeepingDigits(whole);
  // The parser names what is twice in them.
  if (!isJsonObject(options) || repeatedKeys(whole).length > 0) return settings;
  const rest = Object.entries(settings).filter(([key]) => !optionsKey.test(key));
  return { ...Object.fromEntries(rest), createOptions: options };
}
