import type { ComponentState, InstallationState } from "../installation-state.ts";
import { type Ending, endingOf, isStanding } from "./causes.ts";
import type { Finding } from "./finding.ts";

/** What was seen of one thing that fails, from the first look on. */
interface Course {
  readonly cause: string;
  /** Looks in a row that have shown this cause. */
  readonly looks: number;
  /** The run with which this cause began. */
  readonly firstRun: number;
}

/** What all looks so far have shown, by what fails. */
export type Courses = ReadonlyMap<string, Course>;

/** Before the first look. */
export const noCourses: Courses = new Map();

/** Failures that were there before a deployment: as long as they do not occur anew, they may be about to heal. */
export interface EarlierFailures {
  readonly occurrences: ReadonlySet<string>;
  readonly subjects: ReadonlySet<string>;
}

export const noFailures: EarlierFailures = { occurrences: new Set(), subjects: new Set() };

export function failuresIn(states: readonly InstallationState[]): EarlierFailures {
  const seen = findingsOf(states).map((finding) => finding.seen);
  return {
    occurrences: new Set(seen.map(({ occurrence }) => occurrence)),
    subjects: new Set(seen.map(({ subject }) => subject)),
  };
}

/**
 * Goes on with what was seen by one more look. What failed before counts from when EdgeAgent has done what the deployment
 * asks of it: until then it fails as it did, and that may be what is put right.
 */
export function follow(courses: Courses, states: readonly InstallationState[], earlier = noFailures): Courses {
  const unsettled = new Set(states.filter(({ problem }) => problem !== undefined).map(({ namespace }) => namespace));
  const missing = states.flatMap(({ namespace, missing = [] }) =>
    missing.map((name) => {
      const key = missingKey(namespace, name);
      return [key, { cause: "missing", looks: (courses.get(key)?.looks ?? 0) + 1, firstRun: 1 }] as const;
    }),
  );
  return new Map([
    ...missing,
    ...findingsOf(states).map((finding) => {
      const key = keyOf(finding);
      const before = courses.get(key);
      const cause = causeOf(finding);
      const mayHeal = !isStanding(finding.id) && earlier.subjects.has(finding.seen.subject);
      if (mayHeal && unsettled.has(finding.namespace)) {
        return [key, { cause, looks: 0, firstRun: (finding.seen.runs ?? 0) + 1 }] as const;
      }
      if (before?.cause === cause) return [key, { ...before, looks: before.looks + 1 }] as const;
      // Where nothing else was seen, the runs before the first look are taken to have ended in the same way.
      const firstRun = before === undefined ? 1 : (finding.seen.runs ?? 1);
      return [key, { cause, looks: 1, firstRun }] as const;
    }),
  ]);
}

/**
 * The failures that will not heal by themselves, counted in looks and in runs of containers, never in time. Empty as long
 * as there is hope.
 *
 * @param earlier what had failed before the deployment
 */
export function knownEnds(
  courses: Courses,
  states: readonly InstallationState[],
  earlier: EarlierFailures,
): readonly Finding[] {
  const due = findingsOf(states).filter((finding) => {
    const isOld = !isStanding(finding.id) && earlier.occurrences.has(finding.seen.occurrence);
    const course = courses.get(keyOf(finding));
    return !isOld && course !== undefined && isDue(finding, course, courses);
  });
  const [waiting, own] = [due.filter(needsRest), due.filter((finding) => !needsRest(finding))];
  return own.length > 0 ? [...own, ...waiting] : restIsThere(waiting, states) ? waiting : [];
}

function isDue({ id, seen, namespace }: Finding, { looks, firstRun }: Course, courses: Courses): boolean {
  const ending: Ending | undefined = endingOf(id);
  if (ending === undefined) return false;
  if ("looks" in ending) {
    const { onceMissing, looksUnaided = ending.looks } = ending;
    if (looks >= (seen.isUnaided === true ? looksUnaided : ending.looks)) return true;
    if (onceMissing === undefined || seen.missing === undefined || looks < onceMissing.looks) return false;
    return seen.missing.every((name) => (courses.get(missingKey(namespace, name))?.looks ?? 0) >= onceMissing.missing);
  }
  return (seen.runs ?? 0) - firstRun + 1 >= ending.runs;
}

function needsRest({ id }: Finding): boolean {
  const ending = endingOf(id);
  return ending !== undefined && "runs" in ending && ending.withRest;
}

/**
 * Whether what else there is has become ready, and each of those that fail has failed once more after that: a program may
 * end only because what it talks to is not there yet.
 */
function restIsThere(failing: readonly Finding[], states: readonly InstallationState[]): boolean {
  return states.every((state) => {
    const own = failing.filter(({ namespace }) => namespace === state.namespace);
    const rest = state.components.filter(({ name }) => own.every(({ component }) => component !== name));
    if (own.length === 0) return true;
    const last =
      rest
        .map(({ readySince = "" }) => readySince)
        .sort()
        .at(-1) ?? "";
    return state.problem === undefined && rest.every(isReady) && own.every(({ seen }) => (seen.runSince ?? "") > last);
  });
}

function isReady({ ready }: ComponentState): boolean {
  return ready;
}

function findingsOf(states: readonly InstallationState[]): readonly Finding[] {
  return states.flatMap(({ findings }) => findings).filter(({ severity }) => severity === "error");
}

function missingKey(namespace: string, name: string): string {
  return JSON.stringify([namespace, name]);
}

function keyOf({ namespace, component = "", seen }: Finding): string {
  return JSON.stringify([namespace, component, seen.subject]);
}

/** What has to stay the same; the code that a program ends with is part of it. */
function causeOf({ id, seen }: Finding): string {
  return `${id} ${seen.cause ?? ""}`;
}
