import { parseEnv } from "node:util";
import { isJsonObject, type Json, type JsonObject, parseKeepingDigits } from "#base";
import { closedVariable, isSecretVariable } from "#contract";
import { repeatedKeys } from "#manifest";
import { FilledText, type Piece } from "./filled-text.ts";

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

/** A template with what its placeholders stand for. */
export interface FilledTemplate {
  readonly object: JsonObject;
  /** The texts into which something was put, keys as well. */
  readonly texts: readonly FilledText[];
}

/**
 * The template with what its placeholders stand for. What nobody has said stays as it is, as do credentials: EdgeAgent's
 * parser names the one and refuses the other.
 */
export function fillTemplate(template: JsonObject, lookup: Lookup): FilledTemplate {
  const filling: Filling = { lookup, texts: new Map() };
  const object = fillObject(template, filling);
  return { object, texts: [...filling.texts.values()] };
}

interface Filling {
  readonly lookup: Lookup;
  readonly texts: Map<string, FilledText>;
}

function fill(value: Json, filling: Filling): Json {
  if (typeof value === "string") return fillText(value, filling);
  if (Array.isArray(value)) return value.map((item) => fill(item, filling));
  return isJsonObject(value) ? fillObject(value, filling) : value;
}

function fillText(text: string, { lookup, texts }: Filling): string {
  const [, variable = ""] = /^(\w+)=/.exec(text) ?? [];
  if (isSecretVariable(variable)) return text;
  const pieces: Piece[] = [];
  let end = 0;
  for (const { index, 0: whole, 1: braced, 2: bare } of text.matchAll(placeholder)) {
    const value = braced === undefined ? lookup(bare ?? "", "bare") : lookup(braced);
    if (value === undefined) continue;
    const before = text.slice(end, index);
    if (before !== "") pieces.push({ text: before, written: before });
    pieces.push({ text: value, written: whole });
    end = index + whole.length;
  }
  if (end === 0) return text;
  const after = text.slice(end);
  const filled = new FilledText(after === "" ? pieces : [...pieces, { text: after, written: after }]);
  texts.set(`${filled.text}\n${text}`, filled);
  return filled.text;
}

function fillObject(object: JsonObject, filling: Filling): JsonObject {
  const settings = withReadOptions(object);
  const entries = Object.entries(settings);
  const keys = fillKeys(
    entries.map(([key]) => key),
    filling,
  );
  const filled = Object.fromEntries(
    entries.map(([key, value]) => {
      const filledKey = keys.get(key) ?? key;
      if (shellFields.has(key.toLowerCase()) || isVariable(filledKey, value)) return [filledKey, value];
      return [filledKey, key === credentials ? fillAddresses(value, filling) : fill(value, filling)];
    }),
  );
  noteTextsInOptions(settings, filled, filling);
  return filled;
}

/** What keys become. Of those that would become one and the same, each stays as it is: the parser names it. */
function fillKeys(written: readonly string[], filling: Filling): ReadonlyMap<string, string> {
  const filled = written.map((key) => fillText(key, filling));
  return new Map(
    written.map((key, index) => {
      const now = filled[index] ?? key;
      return [key, filled.indexOf(now) === filled.lastIndexOf(now) ? now : key];
    }),
  );
}

/** Options that are a JSON text only with what was put in: each text in them may be of a placeholder. */
function noteTextsInOptions(written: JsonObject, filled: JsonObject, { texts }: Filling): void {
  const [before, after] = [optionsIn(written), optionsIn(filled)];
  if (before === undefined || after === undefined || before === after) return;
  const placeholders = [...texts.values()].filter(
    ({ text, written: own }) => after.includes(text) && before.includes(own),
  );
  const stands = [...new Set(placeholders.flatMap((one) => one.placeholders))].join("");
  for (const text of textsIn(parseKeepingDigits(after)))
    if (!before.includes(text)) texts.set(`${text}\n${stands}`, new FilledText([{ text, written: stands }]));
}

/** Every text in a value, keys and the digits of numbers as well. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (isJsonObject(value)) return Object.entries(value).flatMap(([key, item]) => [key, ...textsIn(item)]);
  return value === undefined || value === null || typeof value === "boolean" ? [] : [JSON.stringify(value)];
}

/** Of a registry the address alone is no secret. */
function fillAddresses(registries: Json, filling: Filling): Json {
  if (!isJsonObject(registries)) return registries;
  const filled = Object.entries(registries).map(([name, registry]) => {
    const isFilled = isJsonObject(registry) && typeof registry.address === "string";
    return [name, isFilled ? { ...registry, address: fillText(String(registry.address), filling) } : registry];
  });
  return Object.fromEntries(filled);
}

/** Whether it is `{"PASSWORD": {"value": ...}}`. */
function isVariable(key: string, value: Json): boolean {
  return isJsonObject(value) && "value" in value && isSecretVariable(key);
}

/** Options in one text, or several that continue each other, as the object that they are: what is filled in may hold quotes. */
function withReadOptions(settings: JsonObject): JsonObject {
  const whole = optionsIn(settings);
  if (whole === undefined) return settings;
  const options = whole.search(placeholder) < 0 ? undefined : parseKeepingDigits(whole);
  // The parser names what is twice in them.
  if (!isJsonObject(options) || repeatedKeys(whole).length > 0) return settings;
  const rest = Object.entries(settings).filter(([key]) => !optionsKey.test(key));
  return { ...Object.fromEntries(rest), createOptions: options };
}

/** Options that are text, in parts as well; undefined where they are none. */
export function optionsIn(settings: JsonObject): string | undefined {
  const parts = Object.entries(settings)
    .filter(([key]) => optionsKey.test(key))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const texts = parts.map(([, value]) => value);
  return parts.length > 0 && texts.every((text) => typeof text === "string") ? texts.join("") : undefined;
}
