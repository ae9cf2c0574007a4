import { type Backoff, type Clock, createBackoff, EdgeError, type JsonObject, pause } from "#base";
import { audienceOf } from "../sas-token.ts";
import { type Contest, createContest } from "./contest.ts";
import { mqttErrors } from "./errors.ts";
import type { LinkOptions, OpenLink } from "./link.ts";
import { type AnswerMethod, createSession, type Session, type TwinDocument } from "./session.ts";
import type { StreamOptions } from "./stream.ts";
import { moduleFilters } from "./topics.ts";
import { followTwin } from "./twin-follower.ts";

/** Whom to connect as, and how to prove it. */
export interface HubIdentity {
  readonly hubHostname: string;
  readonly deviceId: string;
  /**
   * A token that the module's key has signed.
   *
   * @param audience encoded, as it is signed
   * @param expiry seconds since the epoch
   */
  token(audience: string, expiry: number): Promise<string>;
}

export type ConnectionState =
  | { readonly type: "connecting" }
  | { readonly type: "connected"; readonly hubHostname: string }
  /** With what ended it or kept it from being made. It is tried again by itself. */
  | { readonly type: "disconnected"; readonly error: EdgeError };

export interface ModuleConnectionOptions {
  readonly moduleId: string;
  /** What the hub shows as the client's type, such as `EdgeAgent/1.0`. */
  readonly productInfo: string;
  /** Asked before each connection. */
  readonly identify: () => Promise<HubIdentity>;
  readonly open: OpenLink;
  readonly target?: Omit<StreamOptions, "host">;
  /** Seconds. Default: an hour, as Microsoft's clients have it. */
  readonly tokenLife?: number;
  /** Told the whole twin after each connection, after each change of the desired properties, and every hour. */
  readonly onTwin: (twin: TwinDocument) => void;
  readonly onMethod: AnswerMethod;
  readonly onState: (state: ConnectionState) => void;
  readonly clock: Clock;
  readonly random: () => number;
}

/** A module's connection to IoT Hub, which is made again whenever it ends. */
export interface ModuleConnection {
  start(): void;
  /** Says goodbye. It can be started again. */
  stop(): Promise<void>;
  /**
   * Sends a merge patch of the reported properties.
   *
   * @returns the hub's status: 204 when it has taken it
   * @throws EDGE_HUB_CONNECTION_LOST
   */
  report(patch: JsonObject): Promise<number>;
}

const apiVersion = "2021-04-12";
const defaultTokenLife = 3600;
/** Which part of its life a token is used for: not the same for all, so that a fleet does not come at once. */
const used = { least: 0.75, most: 0.85 };
/** Milliseconds. */
const drainTimeout = 10_000;
const subscribeTimeout = 60_000;
const pauses = { least: 2000, base: 4000, cap: 55_000 };

interface Credential {
  readonly identity: HubIdentity;
  readonly password: string;
  /** Milliseconds since the epoch. */
  readonly renewAt: number;
}

export function createModuleConnection(options: ModuleConnectionOptions): ModuleConnection {
  const { moduleId, identify, clock, random, onState, tokenLife = defaultTokenLife } = options;
  const newBackoff = () => createBackoff({ ...pauses, random });
  const contest = createContest({ clock, random });
  let stopping = new AbortController();
  let running: Promise<void> | undefined;
  let session: Session | undefined;

  async function prepare(): Promise<Credential> {
    const identity = await identify();
    const now = clock.now();
    const expiry = Math.floor(now / 1000) + tokenLife;
    const { hubHostname, deviceId } = identity;
    const password = await identity.token(audienceOf(hubHostname, "devices", deviceId, "modules", moduleId), expiry);
    const share = used.least + random() * (used.most - used.least);
    return { identity, password, renewAt: now + share * tokenLife * 1000 };
  }

  /** Gets the next credential while the present connection lives. */
  async function renew({ renewAt }: Credential, signal: AbortSignal): Promise<Credential | undefined> {
    const backoff = newBackoff();
    await pause(clock, renewAt - clock.now(), signal);
    while (!signal.aborted) {
      try {
        return await prepare();
      } catch {
        await pause(clock, backoff.next(), signal);
      }
    }
    return undefined;
  }

  async function run(signal: AbortSignal): Promise<void> {
    const backoff = newBackoff();
    let credential: Credential | undefined;
    while (!signal.aborted) {
      try {
        if (credential === undefined) onState({ type: "connecting" });
        credential = await hold(credential ?? (await prepare()), backoff, signal);
      } catch (cause) {
        credential = undefined;
        if (signal.aborted) return;
        const { error, wait } = settle(cause, contest, backoff);
        onState({ type: "disconnected", error });
        await pause(clock, wait, signal);
      }
    }
  }

  /** Connects and stays so until the token has to be renewed. @returns the next credential */
  async function hold(credential: Credential, backoff: Backoff, signal: AbortSignal): Promise<Credential | undefined> {
    const { identity, password } = credential;
    const link = await options.open(linkOptions(options, identity, password), signal);
    const { hubHostname: host, deviceId } = identity;
    const over = new AbortController();
    const ending = AbortSignal.any([signal, over.signal]);
    contest.connected();
    const lost = link.ended.then((reason): never => {
      const rival = over.signal.aborted ? undefined : contest.cutOff(host, `${deviceId}/${moduleId}`);
      throw rival ?? mqttErrors.EDGE_HUB_CONNECTION_LOST({ host, reason });
    });
    lost.catch(() => {});
    const own = createSession({ ...options, link, host, onDesired: (version) => twin.changed(version) });
    const twin = followTwin({ ...options, session: own, backoff: newBackoff(), signal: ending });
    try {
      const subscribed = link.subscribe(moduleFilters);
      await Promise.race([subscribed, lost, silence(host, AbortSignal.any([ending, after(subscribed)]))]);
      await Promise.race([twin.refresh(), lost]);
      session = own;
      backoff.reset();
      onState({ type: "connected", hubHostname: host });
      const next = await Promise.race([renew(credential, ending), twin.failed, lost]);
      await Promise.race([own.idle(), pause(clock, drainTimeout, signal), lost]);
      contest.endedHere();
      return next;
    } finally {
      over.abort();
      session = undefined;
      own.close("it was ended here");
      await link.end();
    }
  }

  /** A hub that lets a client in and then says nothing is left, and so is one that is to be left. */
  async function silence(host: string, signal: AbortSignal): Promise<never> {
    await pause(clock, subscribeTimeout, signal);
    throw mqttErrors.EDGE_HUB_CONNECTION_LOST({ host, reason: "it answers no subscription" });
  }

  return {
    start() {
      if (running !== undefined) return;
      stopping = new AbortController();
      running = run(stopping.signal);
    },
    async stop() {
      stopping.abort();
      await running;
      running = undefined;
    },
    async report(patch) {
      if (session === undefined) throw mqttErrors.EDGE_HUB_CONNECTION_LOST({ host: "", reason: "it is not connected" });
      return session.report(patch);
    },
  };
}

/** Aborted when the work is done, well or not. */
function after(work: Promise<unknown>): AbortSignal {
  const done = new AbortController();
  const end = () => done.abort();
  work.then(end, end);
  return done.signal;
}

/** What is told of a failure, and how long to wait. */
function settle(cause: unknown, contest: Contest, backoff: Backoff): { error: EdgeError; wait: number } {
  const error =
    cause instanceof EdgeError
      ? cause
      : mqttErrors.EDGE_HUB_CONNECTION_LOST(
          { host: "", reason: cause instanceof Error ? cause.message : String(cause) },
          { cause },
        );
  return { error, wait: contest.wait() ?? backoff.next() };
}

function linkOptions(
  { moduleId, productInfo, target }: ModuleConnectionOptions,
  { hubHostname, deviceId }: HubIdentity,
  password: string,
): LinkOptions {
  const clientId = `${deviceId}/${moduleId}`;
  const type = encodeURIComponent(productInfo);
  const username = `${hubHostname}/${clientId}/?api-version=${apiVersion}&DeviceClientType=${type}`;
  return { ...target, host: hubHostname, clientId, username, password };
}
