import type { Clock, Informer, ObjectStore } from "#base";
import { type AgentSettings, objectNames } from "#contract";
import {
  createLoop,
  type Deployment,
  deployments,
  desiredHashOf,
  differences,
  type EventRecorder,
  type Logger,
  withDesiredHash,
} from "#shared";
import type { Metrics } from "../metrics.ts";
import { absent, createDeference } from "./deference.ts";
import { createRepairPace } from "./repair-pace.ts";

/** Keeps Deployment `edgeagent` as the settings say. */
export interface Supervisor {
  /** Looks soon, because something that it depends on changed. */
  trigger(): void;
  /** Resolves when no write is under way. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

export interface SupervisorOptions {
  /** Whether this process is the one that writes. Call `trigger` when it has become so. */
  readonly leads: () => boolean;
  readonly settings: () => AgentSettings;
  /** The Deployment as it should be; undefined while something that it is made from is not there. */
  readonly desired: () => Deployment | undefined;
  readonly informer: Informer<Deployment>;
  readonly store: ObjectStore;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly random: () => number;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** What a look at the Deployment leads to. */
type Decision =
  | { readonly action: "nothing" }
  /** Look again in so many milliseconds. */
  | { readonly action: "wait"; readonly milliseconds: number }
  | { readonly action: "remove" }
  | { readonly action: "apply"; readonly desired: Deployment; readonly cause: Cause };

/** `start`: it was not there and never was. `change`: it should be another. `repair`: somebody else changed it. */
type Cause = "start" | "change" | "repair";

const name = objectNames.edgeAgent;
const delay = 50;
const resync = 60_000;
/** Longest wait for the informer to show a write: it may be undone before that. */
const patience = 5000;

export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { leads, settings, desired, informer, store, events, clock, random, metrics, log } = options;
  const pace = createRepairPace(clock, random);
  const deference = createDeference(clock);
  /** The last write and what the API server still had otherwise after it: its own spelling, and no drift. */
  let written:
    | { readonly uid: string | undefined; readonly hash: string | undefined; readonly differences: string }
    | undefined;
  let cancelRetry = () => {};

  function decide(): Decision {
    const live = informer.get(name);
    if (live?.metadata.deletionTimestamp !== undefined) return { action: "nothing" };
    const source = settings().enabled ? desired() : undefined;
    if (source === undefined && settings().enabled) return { action: "nothing" };
    const wanted = source && withDesiredHash(source);
    const states = {
      wanted: wanted ? (desiredHashOf(wanted) ?? "") : absent,
      live: live ? desiredHashOf(live) : absent,
    };
    const others = deference.wait(states.wanted, states.live, leads());
    if (!leads()) return { action: "nothing" };
    const cause = wanted && causeOf(wanted, live);
    if (wanted === undefined ? live === undefined : cause === undefined) return { action: "nothing" };
    const milliseconds = Math.max(others, cause === "repair" ? pace.wait() : 0);
    if (milliseconds > 0) return { action: "wait", milliseconds };
    return wanted === undefined || cause === undefined
      ? { action: "remove" }
      : { action: "apply", desired: wanted, cause };
  }

  function causeOf(wanted: Deployment, live: Deployment | undefined): Cause | undefined {
    if (live === undefined) return written === undefined ? "start" : "repair";
    if (desiredHashOf(live) !== desiredHashOf(wanted)) return "change";
    const drift = differences(wanted, live).join("\n");
    const settled = written?.hash === desiredHashOf(wanted) ? written?.differences : undefined;
    return drift === "" || drift === settled ? undefined : "repair";
  }

  async function apply(wanted: Deployment, cause: Cause): Promise<void> {
    const before = informer.get(name);
    const answer = await store.apply(wanted);
    const { uid, resourceVersion } = answer.metadata;
    const unchanged = before === undefined ? uid === written?.uid : resourceVersion === before.metadata.resourceVersion;
    written = { uid, hash: desiredHashOf(wanted), differences: differences(wanted, answer).join("\n") };
    deference.wrote(written.hash ?? "");
    if (unchanged) return;
    if (cause === "repair") pace.repaired();
    log.info({ cause, generation: answer.metadata.generation }, "EdgeAgent's Deployment written");
    events.record({ ...notices[cause], regarding: reference(answer) });
    await seen((live) => live !== undefined && isAtLeast(live, answer));
  }

  async function remove(): Promise<void> {
    const live = informer.get(name);
    await store.remove(deployments, name);
    written = undefined;
    deference.wrote(absent);
    log.info("EdgeAgent is turned off, its Deployment is removed");
    if (live !== undefined) events.record({ ...notices.remove, regarding: reference(live) });
    await seen((now) => now === undefined || now.metadata.deletionTimestamp !== undefined);
  }

  /** Waits for the informer, so that the next decision does not rest on what was before the write. */
  async function seen(condition: (live: Deployment | undefined) => boolean): Promise<void> {
    if (condition(informer.get(name))) return;
    await new Promise<void>((resolve) => {
      const end = () => {
        cancel();
        unsubscribe();
        resolve();
      };
      const cancel = clock.after(patience, end);
      const unsubscribe = informer.onChange(() => condition(informer.get(name)) && end());
    });
  }

  async function look(): Promise<boolean> {
    cancelRetry();
    const decision = decide();
    const stop = metrics.reconcileSeconds.startTimer();
    switch (decision.action) {
      case "apply":
        await apply(decision.desired, decision.cause);
        metrics.reconciliations.inc({ result: "applied" });
        break;
      case "remove":
        await remove();
        metrics.reconciliations.inc({ result: "removed" });
        break;
      case "wait":
        cancelRetry = clock.after(decision.milliseconds, loop.trigger);
        return true;
      default:
        metrics.reconciliations.inc({ result: "unchanged" });
        return true;
    }
    stop();
    loop.trigger();
    return true;
  }

  const onError = (error: unknown) => {
    metrics.reconciliations.inc({ result: "error" });
    log.warn({ error }, "EdgeAgent's Deployment could not be written");
  };
  const loop = createLoop({ run: look, onError, clock, random, delay, resync });
  const unsubscribe = informer.onChange(loop.trigger);
  loop.trigger();
  return {
    trigger: loop.trigger,
    idle: loop.idle,
    stop: async () => {
      unsubscribe();
      cancelRetry();
      await loop.stop();
    },
  };
}

const notices = {
  start: { type: "Normal", reason: "EdgeAgentStarted", action: "Start", note: "EdgeAgent is started" },
  change: {
    type: "Normal",
    reason: "EdgeAgentChanged",
    action: "Change",
    note: "EdgeAgent is started anew with other settings",
  },
  repair: {
    type: "Warning",
    reason: "EdgeAgentRepaired",
    action: "Repair",
    note: "EdgeAgent's Deployment was changed or deleted by somebody else and is restored",
  },
  remove: {
    type: "Normal",
    reason: "EdgeAgentRemoved",
    action: "Remove",
    note: "EdgeAgent is turned off in the settings",
  },
} as const;

function reference({ metadata }: Deployment) {
  const { uid } = metadata;
  return { apiVersion: "apps/v1", kind: "Deployment", name, ...(uid === undefined ? {} : { uid }) };
}

function isAtLeast(live: Deployment, answer: Deployment): boolean {
  return (
    live.metadata.uid === answer.metadata.uid &&
    Number(live.metadata.resourceVersion) >= Number(answer.metadata.resourceVersion)
  );
}
