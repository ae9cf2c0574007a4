import type { Clock, Informer, ObjectStore } from "#base";
import { type AgentSettings, objectNames } from "#contract";
import {
  caughtUp,
  createLoop,
  type Deployment,
  deployments,
  desiredHashOf,
  differences,
  type EventRecorder,
  type Logger,
  regardingOf,
  withDesiredHash,
} from "#shared";
import type { Metrics } from "../metrics.ts";
import { type Cause, type Decision, decide, type Written } from "./decide.ts";
import { createRepairPace } from "./repair-pace.ts";
import { absent, createTakeoverGrace } from "./takeover-grace.ts";

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

const name = objectNames.edgeAgent;
const delay = 50;
const resync = 60_000;

export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { leads, settings, desired, informer, store, events, clock, random, metrics, log } = options;
  const pace = createRepairPace(clock, random);
  const grace = createTakeoverGrace(clock);
  let written: Written | undefined;
  let cancelRetry = () => {};

  /** Nothing is decided while it is being deleted, or something that it is made from is not there. */
  function decideNow(): Decision {
    const live = informer.get(name);
    const { enabled } = settings();
    const source = enabled ? desired() : undefined;
    const isUnclear = live?.metadata.deletionTimestamp !== undefined || (enabled && source === undefined);
    if (isUnclear) return { action: "nothing" };
    const wanted = source && withDesiredHash(source);
    return decide({ live, wanted, written }, { leads: leads(), grace, pace });
  }

  async function apply(wanted: Deployment, cause: Cause): Promise<void> {
    const before = informer.get(name);
    const answer = await store.apply(wanted);
    const { uid, resourceVersion } = answer.metadata;
    const unchanged = before === undefined ? uid === written?.uid : resourceVersion === before.metadata.resourceVersion;
    written = { uid, hash: desiredHashOf(wanted), differences: differences(wanted, answer).join("\n") };
    grace.wrote(written.hash ?? "");
    if (unchanged) return;
    if (cause === "repair") pace.repaired();
    log.info({ cause, generation: answer.metadata.generation }, "EdgeAgent's Deployment written");
    events.record({ ...notices[cause], regarding: regardingOf(answer) });
    await seen((live) => live !== undefined && isAtLeast(live, answer));
  }

  async function remove(): Promise<void> {
    const live = informer.get(name);
    await store.remove(deployments, name);
    written = undefined;
    grace.wrote(absent);
    log.info("EdgeAgent is turned off, its Deployment is removed");
    if (live !== undefined) events.record({ ...notices.remove, regarding: regardingOf(live) });
    await seen((now) => now === undefined || now.metadata.deletionTimestamp !== undefined);
  }

  function seen(condition: (live: Deployment | undefined) => boolean): Promise<void> {
    return caughtUp([informer], () => condition(informer.get(name)), clock);
  }

  async function look(): Promise<boolean> {
    cancelRetry();
    const decision = decideNow();
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

function isAtLeast(live: Deployment, answer: Deployment): boolean {
  return (
    live.metadata.uid === answer.metadata.uid &&
    Number(live.metadata.resourceVersion) >= Number(answer.metadata.resourceVersion)
  );
}
