import type { Action, BegunAction } from "../../model/action.ts";
import type { Event } from "../../model/event.ts";
import type { Run } from "../../model/run.ts";
import { Scheduler } from "../scheduler.ts";
import { Invariants } from "./invariants.ts";
import { Operator } from "./operator.ts";
import { performed } from "./perform.ts";
import type { Random } from "./random.ts";
import { World } from "./world.ts";

interface Flight {
  readonly action: Action;
  readonly endsAt: number;
}

export interface SimulationOptions {
  /** Probability of a crash at each step. */
  readonly crashes: number;
  /** Probability that an operator does something at each step. */
  readonly operator: number;
}

const begun: ReadonlySet<Action["kind"]> = new Set(["preflight", "preview", "apply", "rollback"]);
export const isBegun = (action: Action): action is BegunAction => begun.has(action.kind);

/**
 * Carries a run out in simulated time as a process should, on a simulated fleet. A crash throws away what is under way,
 * and all events that are not on disk yet; some of them may have got there.
 */
export class Simulation {
  now = 0;
  crashes = 0;
  scheduler: Scheduler;
  readonly run: Run;
  readonly world: World;
  readonly invariants: Invariants;
  /** The journal as it would be found after a crash. */
  readonly disk: string[] = [];
  #unwritten: Event[] = [];
  readonly #flights = new Map<string, Flight>();
  readonly #random: Random;
  readonly #options: SimulationOptions;
  readonly #operator: Operator;

  constructor(run: Run, random: Random, options: SimulationOptions) {
    this.run = run;
    this.#random = random;
    this.#options = options;
    this.world = new World(random, Object.keys(run.plan.clusters));
    this.scheduler = new Scheduler(run);
    this.invariants = new Invariants(run, this.world);
    this.#operator = new Operator(random);
    this.#open();
  }

  /** Goes on until nothing is left to do. */
  play(): void {
    const limit = 2000 + 400 * this.scheduler.state.clusters.size;
    for (let step = 0; step < limit; step++) {
      if (this.#random.chance(this.#options.crashes)) this.#crash();
      if (this.#random.chance(this.#options.operator)) this.#ask(this.#operator.whim(this.scheduler, this.now));
      this.#begin();
      const next = this.#earliest();
      if (next !== undefined) this.#end(next);
      else if (this.scheduler.state.outcome === undefined) this.#ask(this.#operator.goOn(this.scheduler, this.now));
      else if (this.#random.chance(0.5)) return;
      else this.#ask(this.#operator.afterwards(this.scheduler, this.now));
    }
    throw new Error(
      `the run has not ended after ${limit} steps: ${JSON.stringify(this.scheduler.actions().slice(0, 5))}`,
    );
  }

  /** Cancels what is no longer wanted and begins what is due. */
  #begin(): void {
    const actions = this.scheduler.actions();
    this.invariants.checkList(actions, this.scheduler.state);
    const wanted = new Set(actions.map(({ id }) => id));
    for (const [id, { action }] of this.#flights) if (!wanted.has(id)) this.#cancel(action);
    const fresh = actions.filter(({ id }) => !this.#flights.has(id));
    for (const action of fresh) {
      if (isBegun(action)) {
        this.invariants.checkBegin(action, this.scheduler.state, this.#flightsOnClusters());
        this.#record({ type: "began", at: this.now, action: action.id, cluster: action.cluster });
      }
      this.#takeOff(action);
    }
    if (fresh.some(isBegun)) this.#sync();
  }

  #flightsOnClusters(): readonly BegunAction[] {
    return [...this.#flights.values()].map(({ action }) => action).filter(isBegun);
  }

  #takeOff(action: Action): void {
    const earliest = action.kind === "wait" ? action.until : "notBefore" in action ? action.notBefore : this.now;
    const takes = action.kind === "wait" || action.kind === "finish" ? 0 : this.#random.between(0, 20_000);
    this.#flights.set(action.id, { action, endsAt: Math.max(this.now, earliest) + takes });
    if (action.kind === "apply" || action.kind === "rollback") {
      const cluster = this.world.get(action.cluster);
      cluster.writing += 1;
      cluster.writes += 1;
      cluster.revision = "half";
    }
  }

  #cancel(action: Action): void {
    this.#flights.delete(action.id);
    if (action.kind === "apply" || action.kind === "rollback") this.world.get(action.cluster).writing -= 1;
  }

  #earliest(): Flight | undefined {
    let found: Flight | undefined;
    for (const flight of this.#flights.values())
      if (found === undefined || flight.endsAt < found.endsAt) found = flight;
    return found;
  }

  #end({ action, endsAt }: Flight): void {
    this.now = Math.max(this.now, endsAt);
    this.#cancel(action);
    const event = performed(action, this.world, this.now);
    this.invariants.noteEnd(action, event);
    this.#record(event);
  }

  #ask(event: Event | undefined): void {
    if (event !== undefined) this.#record(event);
  }

  #record(event: Event): void {
    this.scheduler.take(event);
    this.invariants.checkState(this.scheduler.state, event);
    this.#unwritten.push(event);
    if (this.#random.chance(0.3)) this.#sync();
  }

  #sync(): void {
    for (const event of this.#unwritten) {
      this.disk.push(JSON.stringify(event));
      this.invariants.noteDurable(event);
    }
    this.#unwritten = [];
  }

  #crash(): void {
    this.crashes += 1;
    const survivors = this.#random.between(0, this.#unwritten.length);
    this.#unwritten = this.#unwritten.slice(0, survivors);
    this.#sync();
    for (const { action } of this.#flights.values()) this.#dieDuring(action);
    this.#flights.clear();
    this.now += this.#random.pick([0, 1000, 3_600_000]) ?? 0;
    this.scheduler = new Scheduler(this.run, this.events());
    this.invariants.noteCrash();
    this.#open();
  }

  /** What it was writing may have come to its end, or not. */
  #dieDuring(action: Action): void {
    if (action.kind !== "apply" && action.kind !== "rollback") return;
    const cluster = this.world.get(action.cluster);
    cluster.writing -= 1;
    if (this.#random.chance(0.5)) cluster.revision = action.kind === "apply" ? "new" : "old";
  }

  #open(): void {
    this.#record({ type: "opened", at: this.now, by: "tester", host: "here", pid: 1 });
  }

  /** All events that are on disk. */
  events(): readonly Event[] {
    return this.disk.map((line) => JSON.parse(line) as Event);
  }
}
