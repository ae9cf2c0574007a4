import { isOpaque } from "./opaque-kinds.ts";
import { type Content, readApiVersion } from "./read-object.ts";

/** What Flux and envsubst fill in before they apply an object. */
const pattern = /\$\{[A-Za-z_][^}"\\]*\}?/;
/** Kinds and versions have no such letter, so that one there is a variable, however it is written. */
const inType = /\$.*/s;
const withDefault = /\$\{[A-Za-z_]\w*(?::?[-=]([^}]*))?\}/g;

/** A variable anywhere in an object: whatever stands for it may be in it. */
export const variableIn = (raw: Content): string | undefined => pattern.exec(JSON.stringify(raw))?.[0];

/**
 * A variable that decides what an object is: in its kind or version, in a field's name, and as its list of items. Flux fills
 * in the text of an object and reads it again, so that a variable can bring fields, and a list in place of a text.
 */
export function variableInType(raw: Content): string | undefined {
  const { apiVersion, kind, items } = raw;
  const types = [apiVersion, kind].map((value) => (typeof value === "string" ? inType.exec(value)?.[0] : undefined));
  const texts = [...Object.keys(raw), ...(typeof items === "string" ? [items] : [])];
  return [...types, ...texts.map((text) => pattern.exec(text)?.[0])].find((one) => one !== undefined);
}

/** A variable whose default makes an object one that brings access later, such as the name `aws-auth`. */
export function variableToOpaque(raw: Content, kind: string): string | undefined {
  const text = JSON.stringify(raw);
  const variable = pattern.exec(text)?.[0];
  if (variable === undefined) return undefined;
  const filled = JSON.parse(text.replaceAll(withDefault, (_, value: string | undefined) => value ?? "")) as Content;
  return isOpaque(readApiVersion(filled)[0], kind, filled) ? variable : undefined;
}

/** Reads on from the object's name. */
export const fillsIn = (variable: string): string =>
  `holds ${variable}, which Flux and envsubst fill in; pass what comes of it`;
