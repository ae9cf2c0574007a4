import type { Duplex } from "node:stream";
import type { Clock } from "../../clock.ts";
import { createBackoff } from "./backoff.ts";
import { createDesiredProperties } from "./desired-properties.ts";
import { type HubClosed, type HubConnection, type Login, openHubConnection } from "./hub-connection.ts";
import type { MessageStore } from "./message-store.ts";
import {
  desiredTopic,
  desiredVersion,
  filters,
  methodAnswered,
  methodCall,
  parseTwinAnswer,
  parseTwinRequest,
} from "./topics.ts";
import { answerTo, createTwinRequests, type Send } from "./twin-requests.ts";

/** A module's connection to this hub. */
export interface LocalModule {
  /** With QoS 0. */
  readonly deliver: Send;
}

/** What a module has logged in with, which is what the hub logs in with for it. */
export interface ModuleLogin extends Login {
  /** End of its token, in milliseconds since 1970. */
  readonly expiry: number;
}

/** What the upstream of each module needs. */
export interface ModuleUpstreamOptions {
  readonly deviceId: string;
  readonly store: MessageStore;
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Makes the TLS connection to IoT Hub. */
  readonly open: () => Duplex;
  readonly log: (fields: object) => void;
}

export type UpstreamState = "idle" | "connecting" | "up" | "waiting";

const mostWait = { lost: 30_000, refused: 60_000 } as const;
/** A connection that lasted this long was none that somebody else ends again and again. */
const stableAfter = 60_000;
const suspicious = 3;
/** Messages on their way: as many as a hub that is far away needs, and as few as are sent again after a cut. */
const window = 16;
const mostCalls = 1_000;
const askAgainAfter = 10_000;
/** A timer of Node cannot be longer than this. */
const maxTimer = 2 ** 31 - 1;
const empty = Buffer.alloc(0);

/**
 * One module in IoT Hub: a connection with the token that the module itself has given, for as long as the module is
 * here or messages of it wait, and the token lasts. It is kept in memory alone.
 */
export class ModuleUpstream {
  readonly #moduleId: string;
  readonly #options: ModuleUpstreamOptions;
  readonly #backoff;
  readonly #twins;
  readonly #desired = createDesiredProperties();
  readonly #filters = new Set<string>();
  readonly #calls = new Set<string>();
  #state: UpstreamState = "idle";
  #local: LocalModule | undefined;
  #login: ModuleLogin | undefined;
  #connection: HubConnection | undefined;
  #lastFailure: HubClosed["kind"] | undefined;
  #shortLived = 0;
  #inFlight = 0;
  #sentUntil = 0;
  #fetching: "no" | "once" | "again" = "no";
  #cancelRetry = () => {};
  #cancelStable = () => {};
  #cancelExpiry = () => {};

  constructor(moduleId: string, options: ModuleUpstreamOptions) {
    this.#moduleId = moduleId;
    this.#options = options;
    this.#backoff = createBackoff(options.random);
    this.#twins = createTwinRequests(options.clock);
  }

  get state(): UpstreamState {
    return this.#state;
  }

  /** The module has connected, with this token and these subscriptions of before. */
  joined(local: LocalModule, login: ModuleLogin, subscriptions: readonly string[]): void {
    this.#local = local;
    this.#login = login;
    this.#filters.clear();
    for (const filter of subscriptions) this.#filters.add(filter);
    this.#cancelExpiry();
    this.#forgetAt(login.expiry);
    // A module that comes and goes while IoT Hub is away does not shorten the wait; a token that may be better does.
    if (this.#state === "waiting" && this.#lastFailure !== "refused") return;
    this.#hangUp();
    this.#settle();
  }

  /** The module's connection has ended. */
  left(local: LocalModule): void {
    if (this.#local !== local) return;
    this.#local = undefined;
    if (this.#state === "up") this.#connection?.unsubscribe([...new Set([filters.twinAnswers, ...this.#filters])]);
    this.#filters.clear();
    this.#twins.fail();
    this.#settle();
  }

  subscribed(filter: string): void {
    if (this.#filters.has(filter)) return;
    this.#filters.add(filter);
    // The hub has that one for itself already.
    if (this.#state === "up" && filter !== filters.twinAnswers) this.#connection?.subscribe([filter]);
    if (filter === filters.desired) this.#fetchDesired();
  }

  unsubscribed(filter: string): void {
    if (!this.#filters.delete(filter)) return;
    if (this.#state === "up" && filter !== filters.twinAnswers) this.#connection?.unsubscribe([filter]);
  }

  /** What a module publishes to IoT Hub's own topics. @returns false for a topic that means nothing */
  request(topic: string, payload: Buffer): boolean {
    const local = this.#local;
    const twin = parseTwinRequest(topic);
    if (twin !== undefined && local !== undefined) {
      const answer = answerTo(twin.requestId, local.deliver);
      this.#twins.ask(twin.kind, payload, this.#remembering(twin.kind, answer), this.#sender());
      if (this.#state === "waiting") this.#twins.fail();
      return true;
    }
    const call = methodAnswered(topic);
    if (call === undefined) return false;
    // IoT Hub has no use for an answer to a call of an earlier connection.
    if (this.#calls.delete(call) && this.#state === "up") this.#connection?.publish(topic, payload);
    return true;
  }

  /** There are messages in the store. */
  stored(): void {
    if (this.#state === "up") this.#pump();
    else this.#settle();
  }

  close(): void {
    this.#cancelExpiry();
    this.#login = undefined;
    this.#local = undefined;
    this.#hangUp();
  }

  #forgetAt(expiry: number): void {
    const rest = expiry - this.#options.clock.now();
    if (rest <= 0) this.#login = undefined;
    else this.#cancelExpiry = this.#options.clock.after(Math.min(rest, maxTimer), () => this.#forgetAt(expiry));
  }

  #hasMessages(): boolean {
    return this.#options.store.read(this.#moduleId, 0, 1).length > 0;
  }

  #settle(): void {
    const wanted = this.#login !== undefined && (this.#local !== undefined || this.#hasMessages());
    if (!wanted) this.#hangUp();
    else if (this.#state === "idle") this.#connect();
  }

  #connect(): void {
    if (this.#login === undefined) return;
    this.#state = "connecting";
    this.#connection = openHubConnection(this.#options.open, this.#login, this.#options.clock, {
      up: () => this.#up(),
      message: (topic, payload) => this.#receive(topic, payload),
      closed: (reason) => this.#closed(reason),
    });
  }

  #up(): void {
    this.#state = "up";
    this.#log({ state: "up" });
    this.#cancelStable = this.#options.clock.after(stableAfter, () => {
      this.#backoff.reset();
      this.#shortLived = 0;
    });
    if (this.#local !== undefined) this.#connection?.subscribe([...new Set([filters.twinAnswers, ...this.#filters])]);
    const send = this.#sender();
    if (send !== undefined) this.#twins.release(send);
    if (this.#filters.has(filters.desired)) this.#fetchDesired();
    this.#pump();
  }

  #closed({ kind, why }: HubClosed): void {
    if (this.#state === "up") this.#shortLived++;
    this.#lastFailure = kind;
    this.#reset();
    const wanted = this.#login !== undefined && (this.#local !== undefined || this.#hasMessages());
    const wait = wanted ? this.#backoff.next(mostWait[kind]) : undefined;
    this.#state = wait === undefined ? "idle" : "waiting";
    const hint = this.#shortLived < suspicious ? {} : { hint: "another client may be connected as this module" };
    this.#log({ state: this.#state, why, ...(wait === undefined ? {} : { retryInMilliseconds: wait }), ...hint });
    this.#twins.fail();
    if (wait !== undefined) this.#cancelRetry = this.#options.clock.after(wait, () => this.#retry());
  }

  #retry(): void {
    this.#state = "idle";
    this.#settle();
  }

  #hangUp(): void {
    this.#connection?.end();
    this.#reset();
    this.#state = "idle";
  }

  #reset(): void {
    this.#cancelRetry();
    this.#cancelStable();
    this.#connection = undefined;
    this.#calls.clear();
    this.#inFlight = 0;
    this.#sentUntil = 0;
    this.#fetching = "no";
  }

  #sender(): Send | undefined {
    const connection = this.#connection;
    if (this.#state !== "up" || connection === undefined) return undefined;
    return (topic, payload) => connection.publish(topic, payload);
  }

  #receive(topic: string, payload: Buffer): void {
    const answer = parseTwinAnswer(topic);
    if (answer !== undefined) {
      this.#twins.answered(answer, payload);
      return;
    }
    const version = desiredVersion(topic);
    const call = methodCall(topic);
    if (version !== undefined && this.#filters.has(filters.desired)) {
      const what = this.#desired.changed(version, payload);
      if (what === "pass") this.#local?.deliver(topic, payload);
      else if (what === "fetch") this.#fetchDesired();
    } else if (call !== undefined && this.#local !== undefined) {
      // A module need not answer: whoever made the oldest call has given it up.
      if (this.#calls.size >= mostCalls) this.#calls.delete(this.#calls.values().next().value ?? "");
      this.#calls.add(call);
      this.#local.deliver(topic, payload);
    }
  }

  #remembering(kind: "get" | "report", answer: ReturnType<typeof answerTo>): ReturnType<typeof answerTo> {
    return (head, payload) => {
      if (kind === "get" && head.status === 200) this.#desired.given(payload);
      answer(head, payload);
    };
  }

  /** Tells the module what it has missed: changes that IoT Hub could tell nobody of, or that got lost. */
  #fetchDesired(): void {
    const send = this.#sender();
    if (send === undefined) return;
    if (this.#fetching !== "no") {
      this.#fetching = "again";
      return;
    }
    this.#fetching = "once";
    const connection = this.#connection;
    const done = (status: number, payload: Buffer) => {
      if (this.#connection !== connection) return;
      const again = this.#fetching === "again";
      this.#fetching = "no";
      if (status !== 200) {
        this.#options.clock.after(askAgainAfter, () => {
          if (this.#connection === connection) this.#fetchDesired();
        });
        return;
      }
      const change = this.#desired.caughtUp(payload);
      if (change !== undefined) this.#local?.deliver(desiredTopic(change.version), change.payload);
      if (again) this.#fetchDesired();
    };
    this.#twins.ask("get", empty, ({ status }, payload) => done(status, payload), send);
  }

  /** Sends messages in their order, and forgets each once IoT Hub has acknowledged it. */
  #pump(): void {
    const { store, deviceId } = this.#options;
    const connection = this.#connection;
    if (connection === undefined || this.#state !== "up") return;
    for (const { id, bag, payload } of store.read(this.#moduleId, this.#sentUntil, window - this.#inFlight)) {
      this.#sentUntil = id;
      this.#inFlight++;
      const topic = `devices/${deviceId}/modules/${this.#moduleId}/messages/events/${bag}`;
      connection.publishSafely(topic, payload, () => {
        this.#inFlight--;
        store.remove(id);
        if (this.#local === undefined) this.#settle();
        this.#pump();
      });
    }
  }

  #log(fields: object): void {
    this.#options.log({ event: "upstream", moduleId: this.#moduleId, ...fields });
  }
}
