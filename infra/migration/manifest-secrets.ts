import { isJsonObject, type Json, type JsonObject } from "#base";
import { createScrubber, isSecretVariable, type Scrubber } from "#contract";

/** An option, as it stands before its value: `--password`. */
const option = /^--?([A-Za-z][\w.-]*)$/;
/** An option with its value, or a variable with its: `--token=...`, `API_KEY=...`. */
const assignment = /^(?:--?)?([A-Za-z_][\w.-]*)=([\s\S]*)$/;
/** The same within a line that a shell reads. */
const inLine = /(?:^|\s)--?([A-Za-z][\w.-]*)(?:\s+|=)(\S+)/g;
/** What says of a credential only whether it is used, or where it is. */
const harmless = /^(?:|-.*|\$.*|true|false|\.{0,2}\/[a-z0-9._/-]*)$/i;
/** A folder or a volume, and where it is mounted: `/srv/secret:/run/secret`. */
const mount = /^[a-z0-9._/-]+:\/[a-z0-9._/-]*(?::[a-z,]+)?$/;
/** Routes are called as their author likes, and hold a query. */
const routes = "routes";

/**
 * The manifest without what looks like a secret: by its form, by the key that it stands at, or by the option that it follows.
 *
 * @param tell is called with the place of each
 */
export function withoutSecrets(manifest: Json, tell: (path: readonly string[]) => void): JsonObject {
  const scrubber = createScrubber();
  const taken = (path: readonly string[]) => {
    tell(path);
    return "";
  };
  return mapJson(manifest, [], (path, value) => {
    if (Array.isArray(value)) {
      const words = value as readonly Json[];
      return words.map((word, index) =>
        isValueOfOption(words[index - 1], word) ? taken([...path, String(index)]) : word,
      );
    }
    if (path.at(-2) === "Binds" && typeof value === "string" && mount.test(value)) return value;
    const isSecret =
      (typeof value === "string" && isSecretText(value, scrubber)) ||
      (path.at(-2) !== routes && isSecretVariable(nameOf(path)) && isCredential(value));
    return isSecret ? taken(path) : value;
  }) as JsonObject;
}

/** Keys of layers, and of labels, have dots; a variable has its text in `value`. */
function nameOf(path: readonly string[]): string {
  const steps = path.join(".").split(".");
  return (steps.at(-1) === "value" ? steps.at(-2) : steps.at(-1)) ?? "";
}

function isCredential(value: Json | undefined): boolean {
  if (typeof value === "number") return true;
  return typeof value === "string" && !isHarmless(value);
}

/** A path on Linux seldom has capitals; base64 that begins with `/` has. */
const isHarmless = (text: string) => harmless.test(text) && !(text.startsWith("/") && /[A-Z]/.test(text));

function isValueOfOption(before: Json | undefined, word: Json): boolean {
  const [, name = ""] = option.exec(typeof before === "string" ? before : "") ?? [];
  return isSecretVariable(name) && isCredential(word);
}

function isSecretText(text: string, scrubber: Scrubber): boolean {
  const [, name = "", value = ""] = assignment.exec(text) ?? [];
  if (value !== "" && isSecretVariable(name) && (!text.startsWith("-") || !isHarmless(value))) return true;
  if (scrubber.text(text) !== text) return true;
  return [...text.matchAll(inLine)].some(([, one = "", given = ""]) => isSecretVariable(one) && !isHarmless(given));
}

/** A copy, each value of which the function may put something else for. */
export function mapJson(
  value: Json,
  path: readonly string[],
  map: (path: readonly string[], value: Json) => Json,
): Json {
  const mapped = map(path, value);
  if (Array.isArray(mapped)) return mapped.map((one: Json, index) => mapJson(one, [...path, String(index)], map));
  if (!isJsonObject(mapped)) return mapped;
  const entries = Object.entries(mapped).map(([key, one]) => [key, mapJson(one as Json, [...path, key], map)] as const);
  return Object.fromEntries(
    entries.filter(([key, one]) => !(one === null && path.at(-1) === "registryCredentials" && key !== "")),
  );
}
