import type { FastifyError } from "fastify";
import type { NameRule } from "./certificates/server-names.ts";

type RequestFault = "bad-request" | "conflict" | "forbidden" | "method-not-allowed" | "not-found" | "rate-limited";
type TokenFault =
  | "audience"
  | "expired"
  | "limited"
  | "malformed"
  | "missing"
  | "pod"
  | "refused"
  | "repeated"
  | "revoked"
  | "user";
/** Why a request was not served; label of `iotedge_rejected_total`, so a closed set. */
export type RejectionReason = RequestFault | `token-${TokenFault}` | "overloaded" | "unavailable";
type AccessRule = `access-${"edgeAgent" | "edgeHub" | "installation" | "self"}`;
/** Which rule refuses a request, or lets it in: finer than the reason, and a closed set too. */
export type Rule = RejectionReason | AccessRule | NameRule | "feature-off";

/** Whose token it is, as far as the API server has vouched for it. */
export interface TokenOwner {
  readonly module?: string | undefined;
  readonly pod?: string | undefined;
  readonly podUid?: string | undefined;
  readonly account?: string | undefined;
}

/** What the audit line of a refusal tells beside the reason; the client does not get it. */
export interface RefusalDetails {
  /** Which rule refuses, where the reason is the same for several. */
  readonly rule?: Rule;
  /** Host that a certificate was asked for. */
  readonly name?: string;
  /** Whose genuine token was refused. */
  readonly owner?: TokenOwner;
}
type Options = ErrorOptions & {
  readonly headers?: Readonly<Record<string, string>>;
  readonly details?: RefusalDetails;
};

/** An answer other than success. `message` goes to the client, `reason` to log and metrics only. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly status: number;
  readonly reason: RejectionReason;
  readonly headers: Readonly<Record<string, string>>;
  readonly details: RefusalDetails;

  constructor(status: number, reason: RejectionReason, message: string, options: Options = {}) {
    super(message, options);
    this.status = status;
    this.reason = reason;
    this.headers = options.headers ?? {};
    this.details = options.details ?? {};
  }
}

/** What to answer for something that was thrown. What Fastify refuses by itself is the client's mistake. */
export function toHttpError(thrown: unknown): HttpError {
  if (thrown instanceof HttpError) return thrown;
  const { code = "", statusCode = 500, message = "" } = thrown as Partial<FastifyError>;
  if (code.startsWith("FST_") && statusCode < 500) return new HttpError(statusCode, "bad-request", message);
  return new HttpError(500, "unavailable", "Internal error", { cause: thrown });
}

export function badRequest(message: string): HttpError {
  return new HttpError(400, "bad-request", message);
}

/** 401: nobody learns here which check a token did not pass. */
export function unauthenticated(reason: RejectionReason, owner: TokenOwner = {}): HttpError {
  const headers = { "www-authenticate": "Bearer" };
  return new HttpError(401, reason, "The request carries no valid module identity", { headers, details: { owner } });
}

export function forbidden(message = "This module may not do that", details: RefusalDetails = {}): HttpError {
  return new HttpError(403, "forbidden", message, { details });
}

/** 403: the installation has it turned off. */
export function turnedOff(message: string): HttpError {
  return forbidden(message, { rule: "feature-off" });
}

/** 405. @param allowed the methods that there are */
export function methodNotAllowed(message: string, allowed: readonly string[]): HttpError {
  return new HttpError(405, "method-not-allowed", message, { headers: { allow: allowed.join(", ") } });
}

export function notFound(message = "Not found"): HttpError {
  return new HttpError(404, "not-found", message);
}

/** 429. @param wait milliseconds until another try may succeed */
export function tooMany(reason: "rate-limited" | "token-limited", message: string, wait: number): HttpError {
  return new HttpError(429, reason, message, { headers: { "retry-after": String(Math.ceil(wait / 1000)) } });
}

/** 503: worth another try in a second. */
export function unavailable(reason: "overloaded" | "unavailable", message: string, cause?: unknown): HttpError {
  return new HttpError(503, reason, message, { cause, headers: { "retry-after": "1" } });
}

/** 503 on a connection that ends then: its memory is needed for others. */
export function busy(message: string): HttpError {
  return new HttpError(503, "overloaded", message, { headers: { "retry-after": "1", connection: "close" } });
}
