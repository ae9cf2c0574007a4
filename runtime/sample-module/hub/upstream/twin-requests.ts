import type { Clock } from "../../clock.ts";
import { type TwinAnswer, type TwinRequest, twinAnswerTopic, twinRequestTopic } from "./topics.ts";

/** Sends to IoT Hub, or to the module. */
export type Send = (topic: string, payload: Buffer) => void;

/** Gets what IoT Hub has answered. */
export type OnTwinAnswer = (answer: TwinAnswer, payload: Buffer) => void;

/** Requests for a module's twin that are on their way to IoT Hub, or wait for its connection. */
export interface TwinRequests {
  /** @param send undefined while the connection is being made: then the request waits */
  ask(kind: TwinRequest["kind"], payload: Buffer, onAnswer: OnTwinAnswer, send: Send | undefined): void;
  /** Sends those that wait. */
  release(send: Send): void;
  /** @returns false when nobody waits for it */
  answered(answer: TwinAnswer, payload: Buffer): boolean;
  /** Answers all of them that IoT Hub is away. */
  fail(): void;
}

/** IoT Hub's answer while it is away. */
export const awayStatus = 503;
const away = Buffer.from(JSON.stringify({ errorCode: awayStatus * 1000 + 1, message: "IoT Hub is away" }));
const tooMany = Buffer.from(JSON.stringify({ errorCode: 429_001, message: "Too many requests wait for IoT Hub" }));
const most = 100;
/** Modules ask as soon as they are connected here, while the connection to IoT Hub is still made. */
const waitTimeout = 10_000;
const answerTimeout = 30_000;

interface Asked {
  readonly kind: TwinRequest["kind"];
  readonly payload: Buffer;
  readonly onAnswer: OnTwinAnswer;
  cancel: () => void;
  sent: boolean;
}

/** Modules number their requests themselves; here they get numbers of their own, as the hub asks as well. */
export function createTwinRequests(clock: Clock): TwinRequests {
  const asked = new Map<string, Asked>();
  let made = 0;

  function fail(id: string): void {
    const request = asked.get(id);
    asked.delete(id);
    request?.cancel();
    request?.onAnswer({ status: awayStatus, requestId: id, version: "" }, away);
  }

  function transmit(id: string, request: Asked, send: Send): void {
    request.cancel();
    request.sent = true;
    request.cancel = clock.after(answerTimeout, () => fail(id));
    // IoT Hub takes no payload with GET.
    send(twinRequestTopic({ kind: request.kind, requestId: id }), request.kind === "get" ? empty : request.payload);
  }

  return {
    ask: (kind, payload, onAnswer, send) => {
      const id = `${++made}`;
      if (asked.size >= most) return onAnswer({ status: 429, requestId: id, version: "" }, tooMany);
      const cancel = clock.after(waitTimeout, () => fail(id));
      const request: Asked = { kind, payload, onAnswer, cancel, sent: false };
      asked.set(id, request);
      if (send !== undefined) transmit(id, request, send);
    },
    release: (send) => {
      for (const [id, request] of asked) if (!request.sent) transmit(id, request, send);
    },
    answered: (answer, payload) => {
      const request = asked.get(answer.requestId);
      if (request === undefined) return false;
      asked.delete(answer.requestId);
      request.cancel();
      request.onAnswer(answer, payload);
      return true;
    },
    fail: () => {
      for (const id of [...asked.keys()]) fail(id);
    },
  };
}

const empty = Buffer.alloc(0);

/** Hands an answer to a module under the number that it gave its request. */
export function answerTo(requestId: string, send: Send): OnTwinAnswer {
  return (answer, payload) => send(twinAnswerTopic({ ...answer, requestId }), payload);
}
