import type { FastifyError } from "fastify";

type RequestFault = "bad-request" | "conflict" | "forbidden" | "method-not-allowed" | "not-found" | "rate-limited";
type TokenFault = "audience" | "expired" | "malformed" | "missing" | "pod" | "refused" | "repeated" | "user";
/** Why a request was not served; label of `iotedge_rejected_total`, so a closed set. */
export type RejectionReason = RequestFault | `token-${TokenFault}` | "overloaded" | "unavailable";
type Options = ErrorOptions & { readonly headers?: Readonly<Record<string, string>> };

/** An answer other than success. `message` goes to the client, `reason` to log and metrics only. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly status: number;
  readonly reason: RejectionReason;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, reason: RejectionReason, message: string, options: Options = {}) {
    super(message, options);
    this.status = status;
    this.reason = reason;
    this.headers = options.headers ?? {};
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
export function unauthenticated(reason: RejectionReason): HttpError {
  const headers = { "www-authenticate": "Bearer" };
  return new HttpError(401, reason, "The request carries no valid module identity", { headers });
}

export function forbidden(message = "This module may not do that"): HttpError {
  return new HttpError(403, "forbidden", message);
}

/** 405. @param allowed the methods that there are */
export function methodNotAllowed(message: string, allowed: readonly string[]): HttpError {
  return new HttpError(405, "method-not-allowed", message, { headers: { allow: allowed.join(", ") } });
}

export function notFound(message = "Not found"): HttpError {
  return new HttpError(404, "not-found", message);
}

/** 503: worth another try in a second. */
export function unavailable(reason: "overloaded" | "unavailable", message: string, cause?: unknown): HttpError {
  return new HttpError(503, reason, message, { cause, headers: { "retry-after": "1" } });
}
