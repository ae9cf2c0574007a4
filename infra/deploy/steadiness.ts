import type { ComponentState, InstallationState } from "./installation-state.ts";

/**
 * Looks in a row in which a component must be ready in one and the same run, so that a program that ends a moment after its
 * start is not taken for one that runs.
 */
const looksOfNew = 3;
/** Of one that has ended before. */
const looksOfRestarted = 5;

interface Stay {
  readonly run: string;
  readonly looks: number;
}

/** How many looks have shown each component ready without a break. */
export type Steadiness = ReadonlyMap<string, Stay>;

/** Before the first look. */
export const nothingSteady: Steadiness = new Map();

/** Goes on with what was seen by one more look. */
export function observeReady(steadiness: Steadiness, states: readonly InstallationState[]): Steadiness {
  return new Map(
    readyComponents(states).map(([key, component]) => {
      const [before, run] = [steadiness.get(key), runOf(component)];
      return [key, { run, looks: before?.run === run ? before.looks + 1 : 1 }] as const;
    }),
  );
}

/**
 * Whether everything is ready, and stays so.
 *
 * @param before how it was before the deployment: what has run since then has proved itself
 */
export function isSteady(
  steadiness: Steadiness,
  states: readonly InstallationState[],
  before: readonly InstallationState[],
): boolean {
  if (!states.every(({ ready }) => ready)) return false;
  const known = new Map(readyComponents(before).map(([key, component]) => [key, runOf(component)]));
  return readyComponents(states).every(([key, component]) => {
    if (known.get(key) === runOf(component)) return true;
    return (steadiness.get(key)?.looks ?? 0) >= looksNeeded(component);
  });
}

function looksNeeded({ restarts, state }: ComponentState): number {
  // Stopped as desired, or a Job that has ended well.
  if (state === "stopped") return 1;
  return restarts > 0 ? looksOfRestarted : looksOfNew;
}

function readyComponents(states: readonly InstallationState[]) {
  return states.flatMap(({ namespace, components }) =>
    components
      .filter(({ ready }) => ready)
      .map((component) => [JSON.stringify([namespace, component.component, component.name]), component] as const),
  );
}

function runOf({ state, restarts, readySince = "", image }: ComponentState): string {
  return JSON.stringify([state, restarts, readySince, image]);
}
