import type { Action } from "../../model/action.ts";
import type { Event } from "../../model/event.ts";
import type { HealthReport, Outcome } from "../../model/outcome.ts";
import type { Run } from "../../model/run.ts";
import { Scheduler } from "../scheduler.ts";

const failure = { code: "EDGE_TEST", message: "it went wrong", remedy: "Try again." };
export const failed = { outcome: "failed", failure } as const;
export const unreachable = { outcome: "unreachable", failure } as const;
export const ok = { outcome: "ok" } as const;

/** What a cluster answers, by the kind of action; `ok` for what is not said. */
type Answers = Partial<Record<Action["kind"], Outcome | { readonly healthy: boolean } | { readonly digest: string }>>;

/** Carries a run out step by step, as a test says. */
export class Play {
  now = 0;
  readonly scheduler: Scheduler;
  readonly events: Event[] = [];
  readonly #answers = new Map<string, Answers>();
  readonly #begun = new Set<string>();

  constructor(run: Run, answers: Readonly<Record<string, Answers>> = {}) {
    this.scheduler = new Scheduler(run);
    for (const [cluster, given] of Object.entries(answers)) this.answer(cluster, given);
    this.take({ type: "opened", at: 0, by: "tester", host: "here", pid: 1 });
  }

  answer(cluster: string, answers: Answers): void {
    this.#answers.set(cluster, answers);
  }

  take(event: Event): void {
    this.scheduler.take(event);
    this.events.push(event);
  }

  /** Kinds and subjects of what is listed, notifications left out: `apply a`. */
  listed(): readonly string[] {
    return this.scheduler
      .actions()
      .filter(({ kind }) => kind !== "notify" && kind !== "wait")
      .map(nameOf);
  }

  phases(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.scheduler.state.clusters.values()].map(({ name, phase }) => [name, phase]));
  }

  /** Carries out all that is due, again and again, until `until` holds or nothing is left; time passes where it must. */
  go(until: (play: Play) => boolean = () => false): this {
    for (let step = 0; step < 10_000 && !until(this); step++) {
      const next = this.#next();
      if (next === undefined) return this;
      this.perform(next);
    }
    return this;
  }

  #next(): Action | undefined {
    const due = this.scheduler.actions().map((action) => ({ action, time: timeOf(action) }));
    const sorted = due.sort((a, b) => a.time - b.time);
    return sorted[0]?.action;
  }

  perform(action: Action): void {
    this.now = Math.max(this.now, timeOf(action));
    const needsBegin =
      ["preflight", "preview", "apply", "rollback"].includes(action.kind) && !this.#begun.has(action.id);
    if (needsBegin && "cluster" in action) {
      this.#begun.add(action.id);
      this.take({ type: "began", at: this.now, action: action.id, cluster: action.cluster });
      return;
    }
    this.take(this.#ending(action));
  }

  #ending(action: Action): Event {
    const ended = { at: this.now, action: action.id };
    switch (action.kind) {
      case "wait":
        return { type: "timerFired", ...ended };
      case "notify":
        return { type: "notified", ...ended };
      case "finish":
        return { type: "finished", ...ended, outcome: action.outcome };
      case "gate": {
        const answer = this.#answers.get(action.gate)?.gate;
        return {
          type: "gateEvaluated",
          ...ended,
          gate: action.gate,
          report: { passed: answer !== failed, evidence: "e" },
        };
      }
      default:
        return this.#onCluster(action, { ...ended, cluster: action.cluster });
    }
  }

  #onCluster(
    action: Extract<Action, { readonly cluster: string }>,
    ended: { readonly at: number; readonly action: string; readonly cluster: string },
  ): Event {
    const answer = this.#answers.get(action.cluster)?.[action.kind] ?? ok;
    const bad = "outcome" in answer && answer.outcome !== "ok" ? answer : undefined;
    switch (action.kind) {
      case "preflight":
        return { type: "preflighted", ...ended, result: bad ?? { ...ok, checks: [] } };
      case "preview": {
        const previous = { file: action.cluster, digest: "old" };
        const changeDigest = "digest" in answer ? answer.digest : "planned";
        return { type: "previewed", ...ended, result: bad ?? { ...ok, changes: 1, changeDigest, previous } };
      }
      case "apply":
        return { type: "applied", ...ended, result: bad ?? ok };
      case "rollback":
        return { type: "rolledBack", ...ended, result: bad ?? ok };
      default: {
        const report: HealthReport = { healthy: "healthy" in answer ? answer.healthy : true, checks: [] };
        return { type: "healthReported", ...ended, result: bad ?? { ...ok, ...report } };
      }
    }
  }
}

function timeOf(action: Action): number {
  return action.kind === "wait" ? action.until : "notBefore" in action ? action.notBefore : 0;
}

function nameOf(action: Action): string {
  if ("cluster" in action) return `${action.kind} ${action.cluster}`;
  return "gate" in action ? `${action.kind} ${action.gate}` : action.kind;
}
