import { type Clock, isJsonObject, type Json, type JsonObject, parseJson } from "#base";
import { mqttErrors } from "./errors.ts";
import type { Link } from "./link.ts";
import { readTopic, topics } from "./topics.ts";

/** A module's twin as the module itself gets it. */
export interface TwinDocument {
  readonly desired: JsonObject;
  /** `$version` of {@link desired}. */
  readonly version: number;
  /** Without `$version`. */
  readonly reported: JsonObject;
}

/** What a direct method comes to. */
export interface MethodAnswer {
  readonly status: number;
  /** Undefined: nothing. */
  readonly payload?: Json;
}

/** @param payload undefined when nothing was sent, or no JSON */
export type AnswerMethod = (name: string, payload: Json | undefined) => Promise<MethodAnswer>;

/** Requests and answers over one connection. */
export interface Session {
  /** @throws EDGE_HUB_TWIN, EDGE_HUB_CONNECTION_LOST */
  getTwin(): Promise<TwinDocument>;
  /** @throws EDGE_HUB_CONNECTION_LOST @returns the hub's status: 204 when it has taken the merge patch */
  report(patch: JsonObject): Promise<number>;
  /** Resolves when no request and no method is under way. */
  idle(): Promise<void>;
  /** Rejects what is under way. */
  close(reason: string): void;
}

/** Milliseconds that the hub has for an answer. */
const answerTimeout = 30_000;
/** Methods of a module that run at the same time; the hub's caller is told 429 beyond. */
const mostMethods = 8;
/** A twin has 10 levels, a method's payload is what somebody sends. */
const limits = { maxLength: 256 * 1024, maxDepth: 24 };
const mostMessage = 300;

interface Waiting {
  readonly answer: (status: number, payload: Buffer) => void;
  readonly fail: (reason: string) => void;
}

/** @param options.onDesired told that the desired properties have a new version */
export function createSession(options: {
  readonly link: Link;
  readonly host: string;
  readonly clock: Clock;
  readonly onDesired: (version: number) => void;
  readonly onMethod: AnswerMethod;
}): Session {
  const { link, host, clock, onDesired, onMethod } = options;
  const waiting = new Map<string, Waiting>();
  const underWay = new Set<Promise<unknown>>();
  let requests = 0;
  let methods = 0;
  let closed: string | undefined;

  link.onMessage = (topic, payload) => {
    const arrival = readTopic(topic);
    if (arrival?.type === "twin-answer") waiting.get(arrival.requestId)?.answer(arrival.status, payload);
    else if (arrival?.type === "desired") onDesired(arrival.version);
    else if (arrival?.type === "method") track(answer(arrival.name, arrival.requestId, payload));
  };

  function track<T>(work: Promise<T>): Promise<T> {
    const settled = work.then(
      () => {},
      () => {},
    );
    underWay.add(settled);
    void settled.then(() => underWay.delete(settled));
    return work;
  }

  function request(topicOf: (requestId: string) => string, payload: string): Promise<[number, Buffer]> {
    const requestId = String(++requests);
    const result = new Promise<[number, Buffer]>((resolve, reject) => {
      const finish = () => {
        cancel();
        waiting.delete(requestId);
      };
      const fail = (reason: string) => {
        finish();
        reject(mqttErrors.EDGE_HUB_CONNECTION_LOST({ host, reason }));
      };
      const cancel = clock.after(answerTimeout, () => fail("the hub did not answer a request"));
      waiting.set(requestId, {
        fail,
        answer: (status, answered) => {
          finish();
          resolve([status, answered]);
        },
      });
      if (closed === undefined) link.publish(topicOf(requestId), payload);
      else fail(closed);
    });
    return track(result);
  }

  async function answer(name: string, requestId: string, payload: Buffer): Promise<void> {
    const { status, payload: result } = await called(name, payload);
    if (closed === undefined)
      link.publish(topics.methodAnswer(status, requestId), result === undefined ? "" : JSON.stringify(result));
  }

  async function called(name: string, payload: Buffer): Promise<MethodAnswer> {
    if (methods >= mostMethods) return { status: 429, payload: { message: "Too many methods run, try again" } };
    methods++;
    try {
      return await onMethod(name, parseJson(payload.toString(), limits) as Json | undefined);
    } finally {
      methods--;
    }
  }

  return {
    async getTwin() {
      const [status, payload] = await request(topics.twinGet, "");
      const twin = status === 200 ? readTwin(payload.toString()) : undefined;
      if (twin !== undefined) return twin;
      const message = status === 200 ? "it is no twin" : messageOf(payload.toString());
      throw mqttErrors.EDGE_HUB_TWIN({ request: "GET", status, message });
    },
    async report(patch) {
      const [status] = await request(topics.report, JSON.stringify(patch));
      return status;
    },
    async idle() {
      await Promise.all(underWay);
    },
    close(reason) {
      closed = reason;
      for (const { fail } of [...waiting.values()]) fail(reason);
    },
  };
}

function readTwin(text: string): TwinDocument | undefined {
  const document = parseJson(text, limits);
  if (!isJsonObject(document) || !isJsonObject(document.desired)) return undefined;
  const { desired } = document;
  const { $version: version } = desired;
  if (typeof version !== "number") return undefined;
  const { $version: _, ...reported } = isJsonObject(document.reported) ? document.reported : {};
  return { desired, version, reported };
}

function messageOf(text: string): string {
  const body = parseJson(text, limits);
  const message = isJsonObject(body) ? (body.message ?? body.Message) : undefined;
  return typeof message === "string" ? message.slice(0, mostMessage) : "no reason given";
}
