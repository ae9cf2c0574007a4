import { isJsonObject, type Json, type JsonObject } from "#base";

/** A template with its images, and keys that nobody has an image for. */
export interface FilledImages {
  readonly filled: JsonObject;
  readonly unknown: ReadonlySet<string>;
}

const placeholder = /\$\{MODULES\.([^}]{0,200})\}/g;

/** Puts a stack's module images in for `${MODULES.<key>}`, wherever it stands. What has no image stays as it is. */
export function fillImages(template: JsonObject, images: Readonly<Record<string, string>>): FilledImages {
  const unknown = new Set<string>();
  const fillText = (text: string) =>
    text.replace(placeholder, (whole, key: string) => {
      if (Object.hasOwn(images, key)) return images[key] ?? whole;
      unknown.add(key);
      return whole;
    });
  const fill = (value: Json): Json => {
    if (typeof value === "string") return fillText(value);
    if (Array.isArray(value)) return value.map(fill);
    return isJsonObject(value) ? fillObject(value) : value;
  };
  const fillObject = (object: JsonObject): JsonObject =>
    Object.fromEntries(Object.entries(object).map(([key, item]) => [key, fill(item)]));
  return { filled: fillObject(template), unknown };
}
