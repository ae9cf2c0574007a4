import type { Timer } from "#base";
import type { DeclaredTrust } from "../trust-model/index.ts";
import type { Blocker } from "./blockers.ts";
import { trustErrors } from "./errors.ts";
import type { NextStep, TrustChange, WaitingStep } from "./next-step.ts";
import type { ObservedTrust } from "./observed-trust.ts";

export type Declared = Pick<DeclaredTrust, "roots" | "workloadCa">;

/** What a rotation works on: the stack's file, the engine that deploys, and the cluster. */
export interface RotationWorld {
  /** What the stack's file declares, by namespace. */
  declared(): Promise<ReadonlyMap<string, Declared>>;
  observe(namespace: string): Promise<ObservedTrust>;
  /** Writes into the stack's file, all installations at once. */
  edit(changes: ReadonlyMap<string, TrustChange>): Promise<void>;
  deploy(): Promise<void>;
  /** Leaves a trace of a step that was taken in spite of blockers. */
  recordForced(namespace: string, step: WaitingStep, blockers: readonly Blocker[]): Promise<void>;
  tell(line: string): void;
}

export interface RotationOptions {
  readonly stack: string;
  readonly command: string;
  readonly namespaces: readonly string[];
  /** The next step of an installation. */
  readonly nextStep: (declared: Declared, observed: ObservedTrust, now: number) => NextStep;
  /** A step that is taken in spite of what blocks it, once for each installation. */
  readonly force?: WaitingStep | undefined;
  /** Seconds to wait for one step. */
  readonly timeout: number;
  readonly timer: Timer;
  readonly signal?: AbortSignal | undefined;
}

const pause = 2000;

/**
 * Takes step after step until every installation is done. What to do follows from the stack's file and the cluster each
 * time anew, so a run that was cut off at any point goes on where it stopped.
 *
 * @throws EDGE_TRUST_BLOCKED when nothing moves for `timeout` seconds, EDGE_TRUST_CONFLICT
 */
export async function runRotation(world: RotationWorld, options: RotationOptions): Promise<void> {
  const { timer, signal, timeout } = options;
  const forced = new Set<string>();
  let since = timer.now();
  let told = "";
  for (;;) {
    signal?.throwIfAborted();
    const steps = await nextSteps(world, options, forced);
    if ([...steps.values()].every(({ kind }) => kind === "done")) return;
    const moved = await move(world, steps);
    if (moved) {
      since = timer.now();
      continue;
    }
    const blockers = [...steps.values()].flatMap((step) => (step.kind === "wait" ? step.blockers : []));
    const text = formatBlockers(blockers);
    if (text !== told) world.tell(describeWait(blockers));
    told = text;
    if (timer.now() - since >= timeout * 1000) {
      throw trustErrors.EDGE_TRUST_BLOCKED({ stack: options.stack, seconds: timeout, blockers: text });
    }
    await timer.sleep(pause, signal);
  }
}

async function nextSteps(
  world: RotationWorld,
  options: RotationOptions,
  forced: Set<string>,
): Promise<ReadonlyMap<string, NextStep>> {
  const declared = await world.declared();
  const steps = new Map<string, NextStep>();
  for (const namespace of options.namespaces) {
    const own = declared.get(namespace);
    if (own === undefined)
      throw conflict(options, namespace, "the stack's file does not declare it", "Name another one.");
    const step = options.nextStep(own, await world.observe(namespace), options.timer.now());
    if (step.kind === "refuse") throw conflict(options, namespace, step.reason, step.remedy);
    steps.set(namespace, await forceStep(world, options, namespace, step, forced));
  }
  return steps;
}

/** A forced step is taken once: what comes after it waits again. */
async function forceStep(
  world: RotationWorld,
  { force }: RotationOptions,
  namespace: string,
  step: NextStep,
  forced: Set<string>,
): Promise<NextStep> {
  if (step.kind !== "wait" || step.step !== force) return step;
  if (!forced.has(namespace)) await world.recordForced(namespace, step.step, step.blockers);
  forced.add(namespace);
  return step.then;
}

/** One change of the file for all installations that are ready for it, else one deployment. */
async function move(world: RotationWorld, steps: ReadonlyMap<string, NextStep>): Promise<boolean> {
  const edits = [...steps].flatMap(([namespace, step]) => (step.kind === "edit" ? [{ namespace, ...step }] : []));
  for (const { namespace, title } of edits) world.tell(`${namespace}: ${title}`);
  if (edits.length > 0) await world.edit(new Map(edits.map(({ namespace, change }) => [namespace, change])));
  const isBehind = edits.length > 0 || [...steps.values()].some(({ kind }) => kind === "deploy");
  if (isBehind) await world.deploy();
  return isBehind;
}

function conflict({ command }: RotationOptions, installation: string, reason: string, remedy: string): Error {
  return trustErrors.EDGE_TRUST_CONFLICT({ command, installation, reason, remedy });
}

/** One line: how many there are, and the first. */
export function describeWait(blockers: readonly Blocker[]): string {
  const count = blockers.length === 1 ? "one thing:" : `${blockers.length} things, such as`;
  return `waiting for ${count} ${formatBlockers(blockers.slice(0, 1)).trim()}`;
}

const shownBlockers = 20;

/** One a line, those that need somebody first. */
export function formatBlockers(blockers: readonly Blocker[]): string {
  const lines = blockers
    .slice(0, shownBlockers)
    .map(({ namespace, pod, message, fix }) => `  ${namespace}${pod === "" ? "" : `/${pod}`}: ${message}. ${fix}`);
  const more = blockers.length - lines.length;
  return [...lines, ...(more > 0 ? [`  and ${more} more`] : [])].join("\n");
}
