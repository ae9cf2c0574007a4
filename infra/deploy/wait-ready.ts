import { systemTimer, type Timer, waitFor } from "#base";
import type { Cluster } from "../kubernetes/index.ts";
import { cleanLine } from "../terminal/index.ts";
import { deployErrors } from "./errors.ts";
import type { Finding, Hints } from "./findings/finding.ts";
import { describeFinding } from "./findings/format.ts";
import { failuresIn, follow, knownEnds, noCourses } from "./findings/known-end.ts";
import type { InstallationState } from "./installation-state.ts";
import { readInstallations } from "./read-installations.ts";
import { isSteady, nothingSteady, observeReady } from "./steadiness.ts";

export interface WaitReadyOptions {
  readonly namespaces: readonly string[];
  /** Seconds. */
  readonly timeout: number;
  readonly hints: Hints;
  /** Command that shows how all of it fares. */
  readonly status: string;
  /** How it was before the deployment. */
  readonly before?: readonly InstallationState[] | undefined;
  /** Adds what is worth a request of its own, once something is said. */
  readonly complete?: ((states: readonly InstallationState[]) => Promise<readonly InstallationState[]>) | undefined;
  /** Called whenever something has changed. */
  readonly progress?: ((line: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly timer?: Timer | undefined;
}

type Outcome =
  | { readonly type: "ready"; readonly states: readonly InstallationState[] }
  | { readonly type: "failed"; readonly ends: readonly Finding[] };

/**
 * Waits until iotedged, EdgeAgent and all modules of the installations run, or until it is known that they will not.
 *
 * @throws EDGE_APPLY_FAILED, with what fails and what to do, EDGE_APPLY_NOT_READY, with what waits and why
 */
export async function waitReady(cluster: Cluster, options: WaitReadyOptions): Promise<readonly InstallationState[]> {
  const { namespaces, timeout, hints, before = [], progress = () => {}, signal } = options;
  const { timer = systemTimer, complete = async (states) => states } = options;
  let states: readonly InstallationState[] = [];
  const earlier = failuresIn(before);
  let courses = noCourses;
  let steadiness = nothingSteady;
  let shown = "";
  const outcome = await waitFor<Outcome>(
    async () => {
      states = await readInstallations(cluster, namespaces, hints);
      const line = summarize(states);
      if (line !== shown) progress(line);
      shown = line;
      steadiness = observeReady(steadiness, states);
      if (isSteady(steadiness, states, before)) return { type: "ready", states };
      courses = follow(courses, states, earlier);
      const ends = knownEnds(courses, states, earlier);
      return ends.length === 0 ? undefined : { type: "failed", ends };
    },
    { timer, timeout, signal },
  );
  if (outcome?.type === "ready") return outcome.states;
  if (outcome === undefined && states.every(({ ready }) => ready)) return states;
  const whole = await complete(states);
  if (outcome === undefined) {
    const waiting = describeWaiting(whole).join("\n");
    throw withFindings(
      deployErrors.EDGE_APPLY_NOT_READY({ seconds: timeout, waiting, status: options.status, up: hints.up }),
      whole.flatMap(({ findings }) => findings),
    );
  }
  const ends = completed(outcome.ends, whole);
  const failures = [...ends.flatMap(describeFinding), ...describeRest(whole, ends)].join("\n");
  throw withFindings(deployErrors.EDGE_APPLY_FAILED({ failures, status: options.status }), ends);
}

/** What is not ready beside that, so that not everything has to be found out one by one. */
function describeRest(states: readonly InstallationState[], ends: readonly Finding[]): readonly string[] {
  const rest = states.flatMap(({ namespace, components }) =>
    components
      .filter(({ ready, name }) => !ready && !ends.some((end) => end.namespace === namespace && end.component === name))
      .map(({ name }) => `${namespace}/${name}`),
  );
  return rest.length === 0 ? [] : [`  not ready either: ${rest.join(", ")}`].map((line) => cleanLine(line));
}

/** The same findings, as they are after completion. */
function completed(ends: readonly Finding[], states: readonly InstallationState[]): readonly Finding[] {
  const all = states.flatMap(({ findings }) => findings);
  return ends.map((end) => all.find(({ seen, id }) => seen === end.seen && id === end.id) ?? end);
}

function withFindings(error: Error, findings: readonly Finding[]): Error {
  return Object.assign(error, { findings: findings.map(({ seen: _, ...said }) => said) });
}

/** What is not ready, with cause and way out where they are known. */
export function describeWaiting(states: readonly InstallationState[]): readonly string[] {
  return states.flatMap(({ namespace, components, problem, findings }) => {
    const errors = findings.filter(({ severity }) => severity === "error");
    const isWaiting = (name: string) => components.some((one) => one.name === name && !one.ready);
    // A module runs on where its new image cannot be fetched.
    const ofWhole = errors.filter(({ component }) => component === undefined || !isWaiting(component));
    const ofParts = components
      .filter(({ ready }) => !ready)
      .flatMap(({ component, name, reason }) => {
        const found = errors.find((finding) => finding.component === name);
        if (found !== undefined) return describeFinding(found);
        const what = component === "module" ? `module ${name}` : name;
        return [`  ${namespace}: ${what}: ${reason ?? "not ready"}`];
      });
    const isTold = ofWhole.some(({ component }) => component === undefined);
    const untold = problem === undefined || isTold ? [] : [`  ${namespace}: ${problem}`];
    return [...ofWhole.flatMap(describeFinding), ...ofParts, ...untold];
  });
}

/**
 * What works otherwise than it seems to be asked for.
 *
 * @param told what has been said already
 */
export function describeWarnings(
  states: readonly InstallationState[],
  told: readonly string[] = [],
): readonly string[] {
  return states
    .flatMap(({ findings }) => findings)
    .filter(({ severity, message }) => severity === "warning" && !told.some((one) => one.endsWith(`: ${message}`)))
    .flatMap(describeFinding);
}

function summarize(states: readonly InstallationState[]): string {
  const components = states.flatMap((state) => state.components);
  const ready = components.filter((component) => component.ready).length;
  const waiting = states.flatMap(({ namespace, components }) =>
    components.filter((item) => !item.ready).map((item) => `${namespace}/${item.name}`),
  );
  const names = waiting.length > 4 ? `${waiting.slice(0, 4).join(", ")}, ...` : waiting.join(", ");
  // What is starting is not healthy at first: that alone is no news.
  const [first] = states
    .flatMap(({ findings }) => findings)
    .filter(({ severity, id }) => severity === "error" && id !== "not-ready");
  const why = first === undefined ? "" : `; ${first.component ?? first.namespace}: ${first.message.slice(0, maxShown)}`;
  return `${ready} of ${components.length} ready${names === "" ? "" : `; waiting for ${names}`}${why}`;
}

const maxShown = 160;
