import type { Action, Event, Journal, RunOutcome } from "../model/index.ts";
import { checkCommand, Scheduler } from "../scheduler/index.ts";
import { carryOut } from "./carry-out.ts";
import type { ExecutorPorts, Request, WithoutTime } from "./ports.ts";
import { Wake } from "./wake.ts";

/** Who carries the run out. */
export interface Operator {
  readonly by: string;
  readonly host: string;
  readonly pid: number;
}

interface Task {
  readonly cluster: string | undefined;
  readonly controller: AbortController;
}

const inboxInterval = 300;

/**
 * Carries a run out until it has an outcome, from wherever its journal says that it stands. Every event goes into the
 * scheduler and the journal, and what the scheduler then lists is begun.
 *
 * @param signal stops the work where it leaves nothing half written; the run can be taken up again
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
  readonly #tasks = new Map<string, Task>();
  readonly #ended: { readonly id: string; readonly event: WithoutTime<Event> }[] = [];
  readonly #incoming: (WithoutTime<Event> | Request)[] = [];
  readonly #wake = new Wake();
  #defect: unknown;

  constructor(journal: Journal, ports: ExecutorPorts, signal: AbortSignal) {
    this.#journal = journal;
    this.#ports = ports;
    this.#signal = signal;
    this.#scheduler = new Scheduler(journal.run, journal.events);
  }

  async run(operator: Operator): Promise<RunOutcome | undefined> {
    const over = new AbortController();
    const stop = () => this.#wake.set();
    this.#signal.addEventListener("abort", stop);
    this.#ports.lock.onLost((cluster, holder) => this.#receive({ type: "lockLost", cluster, holder }));
    const inbox = this.#watchInbox(over.signal);
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
      if (this.#defect !== undefined) throw this.#defect;
      if (this.#signal.aborted) return undefined;
      const actions = this.#scheduler.actions();
      const { outcome } = this.#scheduler.state;
      if (outcome !== undefined && actions.length === 0 && !(await this.#isAsked())) return outcome;
      await this.#begin(actions);
      await this.#wake.wait();
      await this.#takeIn();
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
    const listed = new Set(actions.map(({ id }) => id));
    for (const [id, task] of this.#tasks) if (!listed.has(id)) task.controller.abort();
    const busy = new Set([...this.#tasks.values()].flatMap(({ cluster }) => (cluster === undefined ? [] : [cluster])));
    const fresh = actions.filter((action) => !this.#tasks.has(action.id) && !busy.has(clusterOf(action) ?? ""));
    // Reserved before the first wait, so that nothing is begun twice.
    for (const action of fresh) {
      this.#tasks.set(action.id, { cluster: clusterOf(action), controller: new AbortController() });
    }
    await Promise.all(
      fresh.filter(isBegun).map(({ id, cluster }) => this.#record({ type: "began", action: id, cluster })),
    );
    for (const action of fresh) this.#start(action);
  }

  #start(action: Action): void {
    const task = this.#tasks.get(action.id);
    if (task === undefined) return;
    const { run } = this.#journal;
    carryOut(action, run, this.#scheduler.state, this.#ports, task.controller.signal)
      .then(
        (event) => {
          // What was cancelled tells nothing about the cluster; where it is still wanted it is begun again.
          if (task.controller.signal.aborted) this.#tasks.delete(action.id);
          else this.#ended.push({ id: action.id, event });
        },
        (error: unknown) => {
          this.#tasks.delete(action.id);
          if (!task.controller.signal.aborted) this.#defect ??= error;
        },
      )
      .finally(() => this.#wake.set());
  }

  /** Takes in what has ended and what operators have asked for. */
  async #takeIn(): Promise<void> {
    const ended = this.#ended.splice(0);
    const incoming = this.#incoming.splice(0);
    for (const { id } of ended) this.#tasks.delete(id);
    const written = ended.map(({ event }) => this.#record(event));
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
    return Math.max(this.#ports.clock.now(), this.#scheduler.state.at);
  }

  #receive(item: WithoutTime<Event> | Request): void {
    this.#incoming.push(item);
    this.#wake.set();
  }

  async #watchInbox(signal: AbortSignal): Promise<void> {
    const { clock, inbox } = this.#ports;
    while (!signal.aborted) {
      try {
        for (const request of await inbox.take()) this.#receive(request);
        await clock.sleepUntil(clock.now() + inboxInterval, signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#defect ??= error;
        this.#wake.set();
        return;
      }
    }
  }

  /** What is cut off here is done again when the run is taken up: its end is not in the journal. */
  async #stopAll(): Promise<void> {
    for (const { controller } of this.#tasks.values()) controller.abort();
    while (this.#tasks.size > this.#ended.length) await this.#wake.wait();
  }
}

function isBegun(action: Action): action is Extract<Action, { kind: "preflight" | "preview" | "apply" | "rollback" }> {
  return ["preflight", "preview", "apply", "rollback"].includes(action.kind);
}

function clusterOf(action: Action): string | undefined {
  return "cluster" in action ? action.cluster : undefined;
}
