import { answer, failureOf } from "./answer.ts";
import { type Refusal, refusalOf } from "./refusal.ts";
import { readToken } from "./token.ts";

/** Lets a request pass to iotedged with the pod's token, or answers it. Content handler of the API listeners. */
export function handle(r: NginxHTTPRequest): void {
  const token = readToken(String(r.variables.token_file));
  const refusal =
    refusalOf({
      line: String(r.variables.request),
      headers: r.rawHeadersIn as unknown as readonly (readonly [string, string])[],
      port: String(r.variables.server_port),
    }) || unavailability(String(r.variables.missing), token);
  if (refusal !== undefined) {
    answer(r, refusal);
    return;
  }
  r.variables.authorization = `Bearer ${token}`;
  r.internalRedirect("@iotedged");
}

function unavailability(missing: string, token: string | undefined): Refusal | undefined {
  if (missing === "trust-bundle")
    return { status: 503, reason: missing, message: "the proxy has no valid trust bundle to verify iotedged with" };
  if (missing !== "") return { status: 503, reason: missing, message: "the proxy cannot resolve iotedged's name" };
  if (token === undefined) return { status: 503, reason: "token", message: "the proxy has no token for iotedged" };
  return undefined;
}

/** Answers where nginx itself refused the request, or failed to reach iotedged. */
export function failure(r: NginxHTTPRequest): void {
  answer(r, failureOf(String(r.variables.status)));
}
