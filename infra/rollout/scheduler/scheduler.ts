import type { Action } from "../model/action.ts";
import type { Event } from "../model/event.ts";
import type { Run } from "../model/run.ts";
import type { RunState } from "../model/state.ts";
import { actionsOf } from "./actions.ts";
import { createDraft, type Draft } from "./draft.ts";
import { reduce } from "./reduce.ts";

/**
 * What should be under way after these events. It depends on nothing else: no clock, no chance, no input or output.
 *
 * @example schedule(run, []) // preflight actions of the first clusters
 */
export function schedule(run: Run, events: Iterable<Event>): readonly Action[] {
  return new Scheduler(run, events).actions();
}

/** {@link schedule}, taking in one event after the other. */
export class Scheduler {
  readonly #draft: Draft;

  constructor(run: Run, events: Iterable<Event> = []) {
    this.#draft = createDraft(run);
    for (const event of events) this.take(event);
  }

  /** Where the run stands. The object changes with each event that is taken in. */
  get state(): RunState {
    return this.#draft;
  }

  take(event: Event): void {
    reduce(this.#draft, event);
  }

  /** All that should be under way now. */
  actions(): readonly Action[] {
    return actionsOf(this.#draft);
  }
}
