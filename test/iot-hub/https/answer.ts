import { randomUUID } from "node:crypto";
import type { HubError } from "../hub/errors.ts";
import type { JsonValue } from "../json.ts";

export interface Answer {
  readonly status: number;
  /** Undefined for an empty body. */
  readonly body?: JsonValue;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A hub tells what happened to direct methods by JSON within the text, and of the rest by `ErrorCode:Name;text`. */
export function hubErrorAnswer(error: HubError, now: number): Answer {
  const trackingId = randomUUID();
  const timestampUtc = new Date(now).toISOString();
  const { code, name, message } = error;
  const inner = JSON.stringify({ errorCode: code, trackingId, message, timestampUtc });
  const aboutMethod = name === "DeviceNotOnline" || name === "GatewayTimeout";
  const text = aboutMethod ? inner : `ErrorCode:${name};${message}`;
  const exception = aboutMethod ? "" : `Tracking ID:${trackingId}-TimeStamp:${timestampUtc}`;
  const body = { Message: text, ExceptionMessage: exception };
  return { status: error.status, body, headers: { "iothub-errorcode": name, ...retryHeader(error) } };
}

/** The provisioning service has one form for all. */
export function provisioningErrorAnswer(error: HubError, now: number): Answer {
  const { code, message } = error;
  const body = { errorCode: code, trackingId: randomUUID(), message, timestampUtc: new Date(now).toISOString() };
  return { status: error.status, body, headers: retryHeader(error) };
}

function retryHeader({ retryAfterSeconds }: HubError): Readonly<Record<string, string>> {
  return retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) };
}
