import { closedNames, type ModuleSettings } from "#contract";
import { type Problems, shown } from "./problems.ts";

/** Where a name stands, and of what. */
interface Reference {
  readonly kind: "Secret" | "ConfigMap";
  readonly path: string;
  readonly name: string;
}

/** Refuses a reference to a Secret or ConfigMap of the installation itself: they hold its keys and its settings. */
export function refuseOwnObject(
  { kind, path, name }: Reference,
  { closedSecrets }: ModuleSettings,
  problems: Problems,
): void {
  if (!closedNames.includes(name) && !(kind === "Secret" && closedSecrets.includes(name))) return;
  problems.error(path, `${shown(name)} belongs to the installation itself`, "Keep what the module needs elsewhere.");
}

/** Characters of objects' names but the dot, which ends a sentence as well: a name inside of a longer one is none. */
const nameCharacter = /[a-z0-9-]/;

/**
 * The Secret or ConfigMap of the installation that a text names, also with JSON's escapes: what injects containers and
 * volumes into pods is told by annotations which Secrets these shall have.
 */
export function ownObjectIn(text: string, { closedSecrets }: ModuleSettings): string | undefined {
  const plain = text.replace(/\\+u([0-9a-fA-F]{4})/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
  return [...closedNames, ...closedSecrets].find((name) => isNamed(plain, name));
}

function isNamed(text: string, name: string): boolean {
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    const neighbours = [text[at - 1] ?? "", text[at + name.length] ?? ""];
    if (!neighbours.some((character) => nameCharacter.test(character))) return true;
  }
  return false;
}
