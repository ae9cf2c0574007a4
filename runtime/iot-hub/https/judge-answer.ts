import type { EdgeError } from "#base";
import type { DevicePlace } from "../device-place.ts";
import { hubErrors } from "../errors.ts";
import type { HubAnswer } from "./call.ts";

/** A call that did not do what it was made for. */
export interface HubFailure {
  readonly error: EdgeError;
  /** What went wrong, from a closed set: label of a metric. */
  readonly kind: "away" | "clock" | "refused" | "stale" | "throttled" | "unauthorized" | "unreadable" | "untrusted";
  /** Whether it was the provisioning service that was called. */
  readonly ofProvisioning?: true;
  /** Milliseconds in which no call may be made. */
  readonly retryAfter?: number | undefined;
}

/** Who calls which hub, and for what. */
export interface CallContext {
  readonly hubHostname: string;
  readonly deviceId: string;
  /** Completes "has refused to ...". */
  readonly what: string;
  /** Milliseconds since the epoch, by this machine's clock. */
  readonly now: number;
}

/** Milliseconds that a clock may be off and tokens are taken all the same, at the least. */
export const toleratedSkew = 120_000;
const throttledWithoutTime = 10_000;

/** What an answer means that is no success. */
export function judgeAnswer(
  answer: HubAnswer,
  { hubHostname: hub, deviceId: device, what, now }: CallContext,
): HubFailure {
  const { status, errorName, retryAfter, time } = answer;
  const name = errorName ?? "";
  const offBy = time === undefined ? 0 : now - time;
  switch (status) {
    case 401:
      if (Math.abs(offBy) > toleratedSkew)
        return { kind: "clock", error: hubErrors.EDGE_HUB_CLOCK({ hub, device, seconds: Math.round(offBy / 1000) }) };
      return { kind: "unauthorized", error: hubErrors.EDGE_HUB_KEY_REFUSED({ hub, device }) };
    case 403:
      return { kind: "refused", retryAfter, error: hubErrors.EDGE_HUB_SUSPENDED({ hub, name: name || "403" }) };
    case 404:
      if (errorName === "DeviceNotFound")
        return { kind: "unauthorized", error: hubErrors.EDGE_HUB_DEVICE_UNKNOWN({ hub, device }) };
      return { kind: "stale", error: hubErrors.EDGE_HUB_REFUSED({ hub, what, status, name }) };
    case 409:
    case 412:
      return { kind: "stale", error: hubErrors.EDGE_HUB_REFUSED({ hub, what, status, name }) };
    case 413:
      return { kind: "refused", error: hubErrors.EDGE_HUB_TOO_MANY_MODULES({ hub, device }) };
    case 429: {
      const wait = retryAfter ?? throttledWithoutTime;
      const seconds = Math.ceil(wait / 1000);
      return { kind: "throttled", retryAfter: wait, error: hubErrors.EDGE_HUB_THROTTLED({ hub, seconds }) };
    }
    default:
      return status >= 500
        ? { kind: "away", retryAfter, error: hubErrors.EDGE_HUB_AWAY({ hub, reason: `it answers ${status}` }) }
        : { kind: "refused", error: hubErrors.EDGE_HUB_REFUSED({ hub, what, status, name }) };
  }
}

/** OpenSSL's and Node's codes of certificates that are not trusted, or of another name. */
const certificateFaults = /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|ALTNAME/;

/** @param reason of a {@link NoHubAnswer} */
export function isCertificateFault(reason: string): boolean {
  return certificateFaults.test(reason);
}

/** The other side's word, in TLS, on the certificate that it was shown. @param reason of a {@link NoHubAnswer} */
export function isRefusedByTls(reason: string): boolean {
  return /_ALERT_.*(CERT|UNKNOWN_CA|ACCESS_DENIED|DECRYPT)/.test(reason);
}

/** @param reason of a {@link NoHubAnswer} */
export function judgeSilence({ hubHostname: hub, deviceId: device }: DevicePlace, reason: string): HubFailure {
  if (isRefusedByTls(reason)) return { kind: "unauthorized", error: hubErrors.EDGE_HUB_KEY_REFUSED({ hub, device }) };
  return isCertificateFault(reason)
    ? { kind: "untrusted", error: hubErrors.EDGE_HUB_UNTRUSTED({ hub, reason }) }
    : { kind: "away", error: hubErrors.EDGE_HUB_AWAY({ hub, reason }) };
}
