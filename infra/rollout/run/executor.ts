import type { Action, Event, Journal, RunOutcome } from "../model/index.ts";
import { checkCommand } from "../scheduler/check-command.ts";
import { Scheduler } from "../scheduler/scheduler.ts";
import { performAction } from "./perform-action.ts";
import type { ExecutorPorts, Request, WithoutTime } from "./ports.ts";
import { Tasks } from "./tasks.ts";
import { Wake } from "./wake.ts";

/** Who carries the run out. */
export interface Operator {
  readonly by: string;
  readonly host: string;
  readonly pid: number;
}

const inboxInterval = 300;

/**
 * Carries a run out until it has an outcome, from wherever its journal says that it stands. Every event goes into the
 * scheduler and the journal, and what the scheduler then lists is begun.
 *
 * @param signal stops the work where it leaves nothing half written; the run can be resumed
 * @returns undefined where the signal stopped it
 */
export function execute(
  journal: Journal,
  ports: ExecutorPorts,
  operator: Operator,
  signal: AbortSignal,
): Promise<RunOutcome | undefined> {
  return new Executor(journal, ports, signal).run(operator);
}

class Executor {
  readonly #journal: Journal;
  readonly #ports: ExecutorPorts;
  readonly #signal: AbortSignal;
  readonly #scheduler: Scheduler;
  readonly #tasks: Tasks;
  readonly #incoming: (WithoutTime<Event> | Request)[] = [];
  readonly #wake = new Wake();
  #defect: unknown;

  constructor(journal: Journal, ports: ExecutorPorts, signal: AbortSignal) {
    this.#journal = journal;
    this.#ports = ports;
    this.#signal = signal;
    this.#scheduler = new Scheduler(journal.run, journal.events);
    this.#tasks = new Tasks(
      (action, taskSignal) => performAction(action, journal.run, ports, taskSignal),
      () => this.#wake.set(),
    );
  }

  async run(operator: Operator): Promise<RunOutcome | undefined> {
    const over = new AbortController();
    const stop = () => this.#wake.set();
    this.#signal.addEventListener("abort", stop);
    this.#ports.lock.onLost((cluster, holder) => this.#receive({ type: "lockLost", cluster, holder }));
    const inbox = this.#watchInbox(over.signal);
    const { run, events } = this.#journal;
    if (events.length > 0) this.#ports.lock.keepAll(Object.values(run.plan.clusters), this.#signal);
    try {
      await this.#record({ type: "opened", ...operator });
      return await this.#loop();
    } finally {
      this.#signal.removeEventListener("abort", stop);
      over.abort();
      await inbox;
      await this.#stopAll();
    }
  }

  async #loop(): Promise<RunOutcome | undefined> {
    for (;;) {
      const defect = this.#defect ?? this.#tasks.defect;
      if (defect !== undefined) throw defect;
      if (this.#signal.aborted) return undefined;
      const actions = this.#scheduler.actions();
      const { outcome } = this.#scheduler.state;
      if (outcome !== undefined && actions.length === 0 && !(await this.#isAsked())) return outcome;
      await this.#begin(actions);
      await this.#wake.wait();
      await this.#recordIncoming();
    }
  }

  /** Whether somebody asks for something at the last moment. It is answered before the end. */
  async #isAsked(): Promise<boolean> {
    this.#incoming.push(...(await this.#ports.inbox.take()));
    if (this.#incoming.length === 0) return false;
    this.#wake.set();
    return true;
  }

  /** Cancels what is no longer listed, and begins what is new. */
  async #begin(actions: readonly Action[]): Promise<void> {
    const fresh = this.#tasks.reserve(actions);
    await Promise.all(
      fresh.filter(isBegun).map(({ id, cluster }) => this.#record({ type: "began", action: id, cluster })),
    );
    for (const action of fresh) this.#tasks.start(action);
  }

  /** Records what has ended and what operators have asked for. */
  async #recordIncoming(): Promise<void> {
    const incoming = this.#incoming.splice(0);
    const written = this.#tasks.takeEnded().map(({ event }) => this.#record(event));
    for (const item of incoming) {
      if ("settle" in item) written.push(this.#answer(item));
      else written.push(this.#record(item));
    }
    await Promise.all(written);
  }

  async #answer({ event, settle }: Request): Promise<void> {
    const refusal = checkCommand(this.#scheduler, { ...event, at: this.#now() });
    if (refusal === undefined) await this.#record(event);
    await settle(refusal);
  }

  async #record(event: WithoutTime<Event>): Promise<void> {
    const dated = { ...event, at: this.#now() } as Event;
    this.#scheduler.take(dated);
    await this.#journal.append(dated);
    this.#ports.observe(dated, this.#scheduler.state);
  }

  /** Time in a journal never goes back, whatever the machine's clock does. */
  #now(): number {
    return Math.max(this.#ports.timer.now(), this.#scheduler.state.at);
  }

  #receive(item: WithoutTime<Event> | Request): void {
    this.#incoming.push(item);
    this.#wake.set();
  }

  async #watchInbox(signal: AbortSignal): Promise<void> {
    const { timer, inbox } = this.#ports;
    while (!signal.aborted) {
      try {
        for (const request of await inbox.take()) this.#receive(request);
        await timer.sleep(inboxInterval, signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#defect ??= error;
        this.#wake.set();
        return;
      }
    }
  }

  /** What is cut off here is done again when the run is resumed: its end is not in the journal. */
  async #stopAll(): Promise<void> {
    this.#tasks.cancelAll();
    while (!this.#tasks.isIdle) await this.#wake.wait();
  }
}

function isBegun(action: Action): action is Extract<Action, { kind: "preflight" | "preview" | "apply" | "rollback" }> {
  return ["preflight", "preview", "apply", "rollback"].includes(action.kind);
}
