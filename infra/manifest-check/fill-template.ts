import { isJsonObject, isNestedDeeper, type Json, type JsonObject, parseKeepingDigits } from "#base";
import { closedVariable, holdsSecret, isSecretVariable } from "#contract";
import { shown } from "#manifest";
import { isAssignedCredential, isLeftAlone, isOfCredential, type Steps, stepsOfKey } from "./fill-rules.ts";
import { FilledText, type Piece, textsIn } from "./filled-text.ts";
import { BareText, holdsOptions, withReadOptions } from "./options-text.ts";
import { placeholder } from "./placeholder.ts";
import type { Variables } from "./variables-text.ts";

/** What a name in a template stands for; undefined where nobody has said so. */
export type Lookup = (name: string, form?: "braced" | "bare") => string | undefined;

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
 * @param file what the file says, if there is one
 */
export function lookupIn(file: Variables | undefined, { names, environment }: ListedVariables): Lookup {
  const listed = new Set(names.filter((name) => closedVariable(name) === undefined));
  return (name, form = "braced") => {
    if (isSecretVariable(name)) return undefined;
    const own = file?.values.get(name);
    if (own !== undefined) return own;
    return form === "braced" && listed.has(name) ? environment(name) : undefined;
  };
}

/** A template with what its placeholders stand for. */
export interface FilledTemplate {
  readonly object: JsonObject;
  /** The texts into which something was put, keys as well. */
  readonly texts: readonly FilledText[];
  /** What keeps the template from being used, filled in as it is. */
  readonly problems: readonly FillProblem[];
}

/** What is wrong with what placeholders stand for; reads on from the template. */
export interface FillProblem {
  readonly message: string;
  readonly remedy: string;
  /** Keys that lead there from the document's root on, as they are written; absent: the document itself. */
  readonly keys?: Keys;
}

type Keys = readonly (string | number)[];

/**
 * The template with what its placeholders stand for. What nobody has said stays as it is, as do credentials: EdgeAgent's
 * parser names the one and refuses the other.
 */
export function fillTemplate(template: JsonObject, lookup: Lookup): FilledTemplate {
  let left = maxFilled;
  const secret = new Set<string>();
  const guarded: Lookup = (name, form) => {
    const value = left < 0 || secret.has(name) ? undefined : lookup(name, form);
    if (value === undefined) return undefined;
    left -= value.length;
    if (holdsSecret(value)) secret.add(name);
    return left < 0 || secret.has(name) ? undefined : value;
  };
  const filling: Filling = { lookup: guarded, texts: new Map(), collisions: [] };
  const object = fillObject(template, { steps: [], keys: [] }, filling);
  const problems = [...[...secret].map(credentialIn), ...filling.collisions];
  return { object, texts: [...filling.texts.values()], problems: left < 0 ? [...problems, tooLarge] : problems };
}

function credentialIn(name: string): FillProblem {
  return {
    message: `takes $\{${name}}, whose value looks like a credential, and everybody could read it in a ConfigMap`,
    remedy:
      'Keep it in a Secret: env takes {"valueFrom": {"secretKeyRef": {...}}} in place of a value, a registry {"secretName": "..."}.',
  };
}

/** By a key that stands twice, one of the two would be gone. */
function collisionOf([first, second]: readonly [string, string], keys: Keys): FillProblem {
  const [one, other] = [first, second].map((key) => shown(key));
  return {
    message: `${other} becomes the same key as ${one}, once they are filled in`,
    remedy: "Remove one of the two, or let their placeholders stand for something else.",
    keys: [...keys, second],
  };
}

/** As many as anybody corrects at once. */
const mostCollisions = 100;

const tooLarge: FillProblem = {
  message: "becomes larger than a ConfigMap can be, once its placeholders are filled in",
  remedy: "Name what is large once, or keep it in a ConfigMap or a volume of the module's own.",
};

/** Most characters that placeholders stand for, in all: a ConfigMap, where they would end, holds 1 MiB. */
const maxFilled = 2 * 1024 * 1024;

interface Filling {
  readonly lookup: Lookup;
  readonly texts: Map<string, FilledText>;
  readonly collisions: FillProblem[];
}

/** A place in the template: as rules know it, and as it is written. */
interface Spot {
  readonly steps: Steps;
  readonly keys: Keys;
}

function fill(value: Json, spot: Spot, filling: Filling): Json {
  const { steps, keys } = spot;
  if (value instanceof BareText) return fillBare(value, steps, filling);
  if (typeof value === "string") {
    // What is no JSON with whatever is put in has no places by which rules could hold.
    const isUnread = holdsOptions(steps.at(-1) ?? "");
    return isUnread || isLeftAlone(steps) ? value : fillText(value, filling);
  }
  if (Array.isArray(value)) {
    return value.map((item, index) =>
      fill(item, { steps: [...steps, String(index)], keys: [...keys, index] }, filling),
    );
  }
  return isJsonObject(value) ? fillObject(value, spot, filling) : value;
}

function fillText(text: string, filling: Filling): string {
  const filled = filledText(text, filling.lookup);
  if (filled === undefined) return text;
  if (!isAssignedCredential(text) && !isAssignedCredential(filled.text)) return noted(filled, text, filling);
  const end = text.indexOf("=");
  const name = end < 0 ? undefined : filledText(text.slice(0, end), filling.lookup);
  // The parser tells the name, and refuses what is left of placeholders behind it.
  if (name === undefined || name.text.includes("=")) return text;
  const rest = text.slice(end);
  return noted(new FilledText([...name.pieces, { text: rest, written: rest }]), text, filling);
}

function noted(filled: FilledText, written: string, { texts }: Filling): string {
  texts.set(`${filled.text}\n${written}`, filled);
  return filled.text;
}

/** Undefined where nothing is put in. */
function filledText(text: string, lookup: Lookup): FilledText | undefined {
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
  if (end === 0) return undefined;
  const after = text.slice(end);
  return new FilledText(after === "" ? pieces : [...pieces, { text: after, written: after }]);
}

/** Outside of quotes a placeholder stands for JSON; for what is none, as if it had quotes. */
function fillBare({ written }: BareText, steps: Steps, filling: Filling): Json {
  const filled = filledText(written, filling.lookup);
  if (filled === undefined || isLeftAlone(steps)) return written;
  const value = parseKeepingDigits(filled.text) as Json | undefined;
  const isWhole = holdsOptions(steps.at(-1) ?? "");
  if (isWhole && (!isJsonObject(value) || isNestedDeeper(value, maxDepth))) return written;
  if (value === undefined || isNestedDeeper(value, maxDepth)) return fillText(written, filling);
  if (holdsCredential(value, steps)) return written;
  for (const text of textsIn(value)) noted(new FilledText([{ text, written }]), written, filling);
  return value;
}

const maxDepth = 100;

function holdsCredential(value: Json, steps: Steps): boolean {
  if (Array.isArray(value)) return value.some((item, index) => holdsCredential(item, [...steps, String(index)]));
  if (isJsonObject(value))
    return Object.entries(value).some(([key, item]) => holdsCredential(item, [...steps, ...stepsOfKey(key)]));
  return isOfCredential(steps) || (typeof value === "string" && isAssignedCredential(value));
}

function fillObject(object: JsonObject, { steps, keys }: Spot, filling: Filling): JsonObject {
  const entries = Object.entries(withReadOptions(object));
  const written = entries.map(([key]) => key);
  const filled = isLeftAlone(steps) ? new Map<string, string>() : fillKeys(written, keys, filling);
  return Object.fromEntries(
    entries.map(([key, value]) => {
      const now = filled.get(key) ?? key;
      const spot = { steps: [...steps, ...stepsOfKey(now)], keys: [...keys, key] };
      return [now, fill(value, spot, filling)];
    }),
  );
}

/** What keys become. Those that would become one and the same stay as they are, and are told. */
function fillKeys(written: readonly string[], keys: Keys, filling: Filling): ReadonlyMap<string, string> {
  const become = Map.groupBy(written, (key) => fillText(key, filling));
  for (const [first = "", ...others] of become.values()) {
    const left = mostCollisions - filling.collisions.length;
    filling.collisions.push(...others.slice(0, left).map((other) => collisionOf([first, other], keys)));
  }
  return new Map([...become].flatMap(([now, of]) => of.map((key) => [key, of.length === 1 ? now : key] as const)));
}
