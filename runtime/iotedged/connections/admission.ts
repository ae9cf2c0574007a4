import type { Clock } from "#base";
import { type PlaceHolder, SharedPlaces } from "#shared";
import type { Metrics } from "../metrics.ts";
import type { ConnectionBounds } from "./bounds.ts";

/** Milliseconds. */
export interface AdmissionTimes {
  /** From accepting a connection to its handshake, and the same again for that: proxies wait no longer. */
  readonly handshakeTimeout: number;
  /** After which who has proven nothing is hung up on, if others wait for its place. */
  readonly patience: number;
  /** For a whole request: by then an answer is there, and who has not read it loses its place. */
  readonly requestTimeout: number;
}

/** A connection that was accepted, but not read from. */
export interface Accepted {
  /** Address of the client: pods have one each, but those of a node share one where its network rewrites them. */
  readonly address: string;
  /** Begins with the handshake. */
  begin(): void;
  hangUp(): void;
}

/** How often it is looked for places while somebody waits, in milliseconds. */
const interval = 200;
/** Of times of `patience`: how long an answer may take to who has proven nothing, if others wait. */
export const answerPatience = 3;
/** Requests of one connection for whose answers something is waited: each takes memory, and no client needs many. */
export const mostAhead = 8;

/**
 * Decides which connections iotedged spends memory on: that a handshake takes, a head, a body. Whoever has proven
 * nothing yet shares few places with all others who have not, and loses its own to who waits; so no client without a
 * token, however many connections it opens, keeps others out or reaches the memory limit.
 */
export class Admission {
  readonly clock: Clock;
  readonly times: AdmissionTimes;
  readonly waiting: SharedPlaces<Visit>;
  readonly unproven: SharedPlaces<Visit>;
  readonly proven: SharedPlaces<Visit>;
  readonly bodies: SharedPlaces<BodyPlace>;
  readonly #metrics: Pick<Metrics, "connections" | "connectionsEnded">;
  #isLooking = false;

  constructor(options: {
    readonly bounds: ConnectionBounds;
    readonly times: AdmissionTimes;
    readonly clock: Clock;
    readonly metrics: Pick<Metrics, "connections" | "connectionsEnded">;
  }) {
    const { bounds, times, clock } = options;
    [this.times, this.clock, this.#metrics] = [times, clock, options.metrics];
    const isOld = ({ since }: BodyPlace) => clock.now() - since >= times.patience;
    // Of one address, the last who came: clients of those before may have gone, which shows only once it is read from them.
    // Of other addresses, only for who has fewer waiting, also with this one.
    this.waiting = new SharedPlaces(
      bounds.waiting,
      ({ group }, next) => group === next.group || this.waiting.countOf(group) > this.waiting.countOf(next.group) + 1,
    );
    this.unproven = new SharedPlaces(bounds.unproven, (visit) => {
      return isOld(visit) && !visit.isServedFor(answerPatience * times.patience);
    });
    this.proven = new SharedPlaces(bounds.proven, (visit) => !visit.isServedFor(times.requestTimeout));
    this.bodies = new SharedPlaces<BodyPlace>(bounds.bodies, isOld);
  }

  /** Begins with the connection at once, as soon as there is a place, or hangs up. */
  arrive(accepted: Accepted): Visit {
    const visit = new Visit(this, accepted);
    if (this.waiting.take(visit)) this.look();
    else visit.end();
    return visit;
  }

  /** Tells how many there are, and whether it was iotedged who ended one. */
  count(hasEnded = false): void {
    const { waiting, unproven, proven, bodies } = this;
    const states = { waiting, unproven, proven, "large-body": bodies };
    for (const [state, { size }] of Object.entries(states)) this.#metrics.connections.set({ state }, size);
    if (hasEnded) this.#metrics.connectionsEnded.inc();
  }

  /** Gives free places, and those of whoever had time enough, to who waits; first to addresses that have fewest. */
  look(): void {
    for (;;) {
      const [next] = this.waiting.last.sort((a, b) => this.unproven.countOf(a.group) - this.unproven.countOf(b.group));
      if (next === undefined || !this.unproven.take(next)) break;
      this.waiting.giveBack(next);
      next.begin();
    }
    this.count();
    if (this.waiting.size === 0 || this.#isLooking) return;
    this.#isLooking = true;
    this.clock.after(interval, () => {
      this.#isLooking = false;
      this.#endLongWaits();
      this.look();
    });
  }

  #endLongWaits(): void {
    const before = this.clock.now() - this.times.handshakeTimeout;
    for (let late = this.#late(before); late.length > 0; late = this.#late(before))
      for (const visit of late) {
        this.waiting.giveBack(visit);
        visit.end();
      }
  }

  #late(before: number): Visit[] {
    return this.waiting.first.filter(({ since }) => since <= before);
  }
}

interface BodyPlace extends PlaceHolder {
  readonly since: number;
}

/** What answers a request, as Node.js has it. */
interface Answer {
  readonly writableEnded: boolean;
}

/** A connection from when it was accepted until it is closed. */
export class Visit {
  readonly #admission: Admission;
  readonly #accepted: Accepted;
  /** The client's address; the module, once that is proven. */
  group: string;
  since: number;
  /** In the order of their requests: nearly always there is one. */
  #answers: Answer[] = [];
  #servedSince = 0;
  #isProven = false;
  #hasLeft = false;

  constructor(admission: Admission, accepted: Accepted) {
    [this.#admission, this.#accepted] = [admission, accepted];
    this.group = accepted.address;
    this.since = admission.clock.now();
  }

  /**
   * Whether the head of a request is there whose answer is not, and that for less than so many milliseconds: who does not
   * read its answers is not served for ever.
   */
  isServedFor(longest: number): boolean {
    return this.#answers.length > 0 && this.#admission.clock.now() - this.#servedSince < longest;
  }

  begin(): void {
    this.since = this.#admission.clock.now();
    this.#accepted.begin();
  }

  end(): void {
    this.#admission.count(true);
    this.#accepted.hangUp();
  }

  /**
   * The head of a request is there.
   *
   * @returns whether to go on with it: a client that sends ever more of them ahead of their answers is hung up on
   */
  request(answer: Answer): boolean {
    if (this.#answers.length === 0) this.#servedSince = this.#admission.clock.now();
    this.#answers.push(answer);
    if (this.#answers.length <= mostAhead) return true;
    const open = this.#answers.filter(({ writableEnded }) => !writableEnded);
    if (open.length > mostAhead) this.#accepted.hangUp();
    return open.length <= mostAhead;
  }

  /** An answer is complete, or nobody waits for it any more. */
  answered(answer: Answer): void {
    if (this.#answers.at(-1) === answer) this.#answers.pop();
    else this.#answers = this.#answers.filter((one) => one !== answer);
  }

  /** @returns whether the module may have another connection */
  prove(module: string): boolean {
    // A place that is taken after the connection has gone would never be given back.
    if (this.#isProven || this.#hasLeft) return true;
    const { unproven, proven } = this.#admission;
    const address = this.group;
    unproven.giveBack(this);
    this.group = module;
    this.#isProven = proven.take(this);
    if (!this.#isProven) {
      this.group = address;
      unproven.take(this);
    }
    this.#admission.look();
    return this.#isProven;
  }

  /** @returns what to call when the body is there; undefined when the module has to wait with it */
  readBody(): (() => void) | undefined {
    if (this.#hasLeft) return () => {};
    const { bodies, clock } = this.#admission;
    const place: BodyPlace = { group: this.group, since: clock.now(), end: () => this.end() };
    if (!bodies.take(place)) return undefined;
    this.#admission.count();
    return () => {
      bodies.giveBack(place);
      this.#admission.count();
    };
  }

  /** The connection is closed. */
  leave(): void {
    this.#hasLeft = true;
    const { waiting, unproven, proven } = this.#admission;
    for (const places of [waiting, unproven, proven]) places.giveBack(this);
    this.#admission.look();
  }
}
