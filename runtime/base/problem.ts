import type { EdgeError } from "./edge-error.ts";

/** One thing that is wrong with a stack's configuration. */
export interface Problem {
  /** Where, such as `installations[1].namespace`. */
  readonly path: string;
  /** What stands there: completes "`path` ...". Never a secret. */
  readonly found: string;
  /** Completes "it must be ...". */
  readonly allowed: string;
  /** The way out, as sentences. */
  readonly remedy: string;
  /** More specific error, for when nothing else is wrong. */
  readonly error?: EdgeError;
}

/** A part of the configuration, ready for use, or why there is none. */
export type Resolved<Value> = { readonly value: Value } | { readonly problems: readonly Problem[] };

/** Steps from the configuration's root to a value: keys of maps and indices of lists. */
export type Path = readonly (string | number)[];

const plainKey = /^[A-Za-z$_][A-Za-z0-9$_-]*$/;

/** @example formatPath(["installations", 1, "namespace"]) // "installations[1].namespace" */
export function formatPath(path: Path): string {
  const steps = path.map((step) => {
    if (typeof step === "string" && plainKey.test(step)) return `.${step}`;
    return `[${typeof step === "string" ? JSON.stringify(shorten(step)) : step}]`;
  });
  return steps.join("").replace(/^\./, "") || "the configuration";
}

/** Whether nothing at `path` or below it is among the problems. */
export function isSound(problems: readonly Problem[], path: Path): boolean {
  const prefix = formatPath(path);
  return !problems.some(({ path: broken }) => {
    if (!broken.startsWith(prefix)) return false;
    return broken.length === prefix.length || [".", "["].includes(broken.charAt(prefix.length));
  });
}

const shownProblems = 50;

/** The problems as a list for people, one a line. */
export function formatProblems(problems: readonly Problem[]): string {
  const lines = problems
    .slice(0, shownProblems)
    .map(({ path, found, allowed, remedy }) => `  - ${path} ${found}; it must be ${allowed}. ${remedy}`);
  const more = problems.length - lines.length;
  return [...lines, ...(more > 0 ? [`  - and ${more} more`] : [])].join("\n");
}

const shownCharacters = 80;

/** A value of the configuration as a message shows it: short, and maps and lists by their kind alone. */
export function formatValue(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "a map";
  return typeof value === "string" ? JSON.stringify(shorten(value)) : String(value);
}

function shorten(text: string): string {
  return text.length > shownCharacters ? `${text.slice(0, shownCharacters)}...` : text;
}
