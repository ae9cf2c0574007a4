import type { Action, Event } from "../model/index.ts";
import type { WithoutTime } from "./ports.ts";

interface Task {
  readonly cluster: string | undefined;
  readonly controller: AbortController;
}

/** How an action came to its end. */
export interface Ended {
  readonly id: string;
  readonly event: WithoutTime<Event>;
}

/** The actions that are under way, by their ids. */
export class Tasks {
  readonly #tasks = new Map<string, Task>();
  readonly #ended: Ended[] = [];
  readonly #perform: (action: Action, signal: AbortSignal) => Promise<WithoutTime<Event>>;
  readonly #onChange: () => void;
  #defect: unknown;

  /** @param onChange called when an action has come to its end */
  constructor(perform: (action: Action, signal: AbortSignal) => Promise<WithoutTime<Event>>, onChange: () => void) {
    this.#perform = perform;
    this.#onChange = onChange;
  }

  /** What an action has thrown: the program is at fault. */
  get defect(): unknown {
    return this.#defect;
  }

  /** Whether none runs any more. */
  get isIdle(): boolean {
    return this.#tasks.size <= this.#ended.length;
  }

  /** Cancels what is no longer listed, and reserves what is new: nothing is begun twice. */
  reserve(actions: readonly Action[]): readonly Action[] {
    const listed = new Set(actions.map(({ id }) => id));
    for (const [id, task] of this.#tasks) if (!listed.has(id)) task.controller.abort();
    const busy = new Set([...this.#tasks.values()].flatMap(({ cluster }) => (cluster === undefined ? [] : [cluster])));
    const fresh = actions.filter((action) => !this.#tasks.has(action.id) && !busy.has(clusterOf(action) ?? ""));
    for (const action of fresh) {
      this.#tasks.set(action.id, { cluster: clusterOf(action), controller: new AbortController() });
    }
    return fresh;
  }

  /** Begins an action that was reserved. */
  start(action: Action): void {
    const signal = this.#tasks.get(action.id)?.controller.signal;
    if (signal === undefined) return;
    this.#perform(action, signal)
      .then(
        (event) => {
          // What was cancelled tells nothing about the cluster; where it is still wanted it is begun again.
          if (signal.aborted) this.#tasks.delete(action.id);
          else this.#ended.push({ id: action.id, event });
        },
        (error: unknown) => {
          this.#tasks.delete(action.id);
          if (!signal.aborted) this.#defect ??= error;
        },
      )
      .finally(this.#onChange);
  }

  /** What has come to its end since the last call. */
  takeEnded(): readonly Ended[] {
    const ended = this.#ended.splice(0);
    for (const { id } of ended) this.#tasks.delete(id);
    return ended;
  }

  cancelAll(): void {
    for (const { controller } of this.#tasks.values()) controller.abort();
  }
}

function clusterOf(action: Action): string | undefined {
  return "cluster" in action ? action.cluster : undefined;
}
