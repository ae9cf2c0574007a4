import { closedNames, type ModuleSettings } from "#contract";
import { say } from "./message.ts";
import { type Problems, shown } from "./problems.ts";
import type { Work } from "./reading-cost.ts";

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
  problems.error(path, say`${shown(name)} belongs to the installation itself`, "Keep what the module needs elsewhere.");
}

/** Characters of objects' names but the dot, which ends a sentence as well: a name inside of a longer one is none. */
const nameCharacter = /[a-z0-9-]/;
/** JSON's escape of a character, also in JSON inside of JSON. It begins with a run's first backslash, and nowhere else. */
const escaped = /(?<!\\)\\+u([0-9a-fA-F]{4})/g;
/** Expressions that find what ends as a closed name does. They are the same for as long as the settings are. */
const expressions = new WeakMap<ModuleSettings, RegExp>();

/**
 * The Secret or ConfigMap of the installation that a text names, also with JSON's escapes: what injects containers and
 * volumes into pods is told by annotations which Secrets these shall have.
 */
export function ownObjectIn(text: string, settings: ModuleSettings, work: Work): string | undefined {
  work.searched += text.length;
  const plain = text.replace(escaped, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  const expression = expressionOf(settings);
  expression.lastIndex = 0;
  for (let found = expression.exec(plain); found !== null; found = expression.exec(plain)) {
    // Here, and not in the expression, which then looks at each character and not at each place between two.
    if (!nameCharacter.test(plain[found.index - 1] ?? "")) return found[0];
    expression.lastIndex = found.index + 1;
  }
  return undefined;
}

function expressionOf(settings: ModuleSettings): RegExp {
  const known = expressions.get(settings);
  if (known !== undefined) return known;
  const names = [...closedNames, ...settings.closedSecrets].map((name) => name.replaceAll(".", "\\."));
  const made = new RegExp(`(?:${names.join("|")})(?!${nameCharacter.source})`, "g");
  expressions.set(settings, made);
  return made;
}
