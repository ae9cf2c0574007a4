import { isJsonObject } from "#base";
import { secretPlaceholder, unknownPlaceholder } from "../../render/index.ts";
import type { UnresolvedReason } from "../model/objects.ts";

/** What stands for a secret, and for what is not known before the update, in Pulumi's previews and in our manifests. */
const placeholders: ReadonlyMap<unknown, UnresolvedReason> = new Map([
  ["[secret]", "secret"],
  ["04da6b54-80e4-46f7-96ec-b56ff0331ba9", "unknown"],
  [secretPlaceholder, "secret"],
  [unknownPlaceholder, "unknown"],
]);

/** An object does not have the shape that the API server demands, so it would be refused. */
export class WrongShape extends Error {
  readonly path: string;

  /** @param message what is wrong with the field, such as `must be a list` */
  constructor(path: string, message: string) {
    super(message);
    this.path = path;
  }
}

/** Reads the fields of one object, and keeps "not known" apart from "empty" and from "wrong". */
export class Fields {
  readonly #report: (path: string, reason: UnresolvedReason) => void;

  /** @param report is called for every value that is not known */
  constructor(report: (path: string, reason: UnresolvedReason) => void) {
    this.#report = report;
  }

  /** @returns undefined when the value is not known */
  text(value: unknown, path: string, fallback?: string): string | undefined {
    if (this.#isUnresolved(value, path)) return undefined;
    if ((value === undefined || value === null) && fallback !== undefined) return fallback;
    return typeof value === "string" ? value : this.fail(path, "must be a string");
  }

  /** @returns undefined when the list or any of its elements is not known */
  texts(value: unknown, path: string): readonly string[] | undefined {
    const list = this.list(value, path);
    if (list === undefined) return undefined;
    const known = list.map((element, index) => this.text(element, `${path}[${index}]`));
    return known.every((element) => element !== undefined) ? known : undefined;
  }

  /** @returns undefined when the list as a whole is not known; an absent one is empty */
  list(value: unknown, path: string): readonly unknown[] | undefined {
    if (this.#isUnresolved(value, path)) return undefined;
    if (value === undefined || value === null) return [];
    return Array.isArray(value) ? value : this.fail(path, "must be a list");
  }

  /** @returns undefined when the value as a whole is not known; an absent one is empty */
  record(value: unknown, path: string): Readonly<Record<string, unknown>> | undefined {
    if (this.#isUnresolved(value, path)) return undefined;
    if (value === undefined || value === null) return {};
    return isJsonObject(value) ? value : this.fail(path, "must be an object");
  }

  /** @throws WrongShape */
  fail(path: string, problem: string): never {
    throw new WrongShape(path, problem);
  }

  #isUnresolved(value: unknown, path: string): boolean {
    const reason = placeholders.get(value);
    if (reason !== undefined) this.#report(path, reason);
    return reason !== undefined;
  }
}

/** Whether any value at or below `value` is not known. */
export function holdsPlaceholder(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.values(value).some(holdsPlaceholder);
  return isPlaceholder(value);
}

/** Whether a value stands for one that is not known. */
export const isPlaceholder = (value: unknown): boolean => placeholders.has(value);
