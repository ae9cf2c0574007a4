/** Why a request was not served; label of `iotedge_rejected_total`, so a closed set. */
export type RejectionReason =
  | "bad-request"
  | "conflict"
  | "forbidden"
  | "method-not-allowed"
  | "not-found"
  | "overloaded"
  | "rate-limited"
  | "token-audience"
  | "token-expired"
  | "token-malformed"
  | "token-missing"
  | "token-pod"
  | "token-refused"
  | "token-repeated"
  | "token-user"
  | "unavailable";

/** An answer other than success. `message` goes to the client, `reason` to log and metrics only. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly status: number;
  readonly reason: RejectionReason;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    reason: RejectionReason,
    message: string,
    options: ErrorOptions & { readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message, options);
    this.status = status;
    this.reason = reason;
    this.headers = options.headers ?? {};
  }
}

/** 400: the client's request is wrong, and `message` says how. */
export function badRequest(message: string): HttpError {
  return new HttpError(400, "bad-request", message);
}

/** 401: nobody learns here which check a token did not pass. */
export function unauthenticated(reason: RejectionReason): HttpError {
  return new HttpError(401, reason, "The request carries no valid module identity", {
    headers: { "www-authenticate": "Bearer" },
  });
}

/** 403. */
export function forbidden(message = "This module may not do that"): HttpError {
  return new HttpError(403, "forbidden", message);
}

/** 404. */
export function notFound(message = "Not found"): HttpError {
  return new HttpError(404, "not-found", message);
}

/** 429: this module asked for too much, for others there may be room. */
export function tooManyRequests(retryAfterSeconds: number): HttpError {
  return new HttpError(429, "rate-limited", "This module asks too often, try again later", {
    headers: { "retry-after": String(retryAfterSeconds) },
  });
}

/** 503: worth another try in a second. */
export function unavailable(reason: "overloaded" | "unavailable", message: string, cause?: unknown): HttpError {
  return new HttpError(503, reason, message, { cause, headers: { "retry-after": "1" } });
}
