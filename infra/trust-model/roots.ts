import { firstGeneration, type RootState, type TrustRoot } from "#contract";

export { firstGeneration, type RootState, type TrustRoot } from "#contract";

export const rootStates: readonly RootState[] = ["next", "active", "retired", "revoked"];

/** Roots of an installation that declares none. */
export const firstRoots: readonly TrustRoot[] = [{ id: firstGeneration.root, state: "active" }];

/** Something that is wrong with the declared roots, for a message: `trust.roots {found}; it must be {allowed}`. */
export interface RootsProblem {
  readonly found: string;
  readonly allowed: string;
  readonly remedy: string;
}

/** @example formatRoots([{ id: "r1", state: "retired" }, { id: "r2", state: "active" }]) // "r1=retired,r2=active" */
export function formatRoots(roots: readonly TrustRoot[]): string {
  return roots.map(({ id, state }) => `${id}=${state}`).join(",");
}

const entry = /^([a-z0-9][a-z0-9-]{0,62})=(next|active|retired|revoked)$/;
const maxText = 16_384;

/** Reads what {@link formatRoots} has written; undefined for anything else. */
export function parseRoots(text: string): readonly TrustRoot[] | undefined {
  if (text.length > maxText) return undefined;
  if (text === "") return [];
  const roots = text.split(",").map((item) => {
    const [, id = "", state] = entry.exec(item) ?? [];
    return { id, state: state as RootState };
  });
  const ids = new Set(roots.map(({ id }) => id));
  return ids.has("") || ids.size < roots.length ? undefined : roots;
}

/** The id of the root that signs; undefined where none does. */
export function activeRoot(roots: readonly TrustRoot[]): string | undefined {
  return roots.find(({ state }) => state === "active")?.id;
}

/** Whether a root of that state is part of the bundle. */
export function isTrusted(state: RootState): boolean {
  return state !== "revoked";
}

/**
 * What is wrong with the roots by themselves: empty when nothing is.
 *
 * @param ownCa whether the user provides the workload CA, so that no root of ours signs one
 */
export function rootsProblems(roots: readonly TrustRoot[], ownCa: boolean): readonly RootsProblem[] {
  const ids = roots.map(({ id }) => id);
  const repeated = ids.find((id, index) => ids.indexOf(id) !== index);
  const active = roots.filter(({ state }) => state === "active").map(({ id }) => id);
  const problems: RootsProblem[] = [];
  if (repeated !== undefined) {
    problems.push({
      found: `names ${repeated} twice`,
      allowed: "a list of roots with an id of its own each",
      remedy: "Remove one of the two, or give it another id.",
    });
  }
  if (active.length > 1 || (active.length === 0 && !ownCa)) {
    problems.push({
      found: active.length === 0 ? "has no active root" : `has the active roots ${active.join(" and ")}`,
      allowed: "a list with exactly one active root, which signs the workload CA",
      remedy: "Let one root be active; those that come after it are `next`, those before it `retired`.",
    });
  }
  return problems;
}
