import type { Refusal } from "./refusal.ts";

/** Marks every answer that the proxy gave itself, so that it cannot be taken for iotedged's. */
export const markerHeader = "x-iotedge-proxy-error";

/** Answers in iotedged's error format, marked as the proxy's own. */
export function answer(r: NginxHTTPRequest, refusal: Refusal): void {
  r.variables.proxy_error = refusal.reason;
  r.headersOut["Content-Type"] = "application/json";
  r.headersOut[markerHeader] = refusal.reason;
  r.return(refusal.status, JSON.stringify({ message: refusal.message }));
}

const failures: { readonly [status: string]: readonly [reason: string, message: string] } = {
  "400": ["request", "the request is malformed"],
  "405": ["method", "the method is not allowed"],
  "408": ["request", "the request was not complete in time"],
  "411": ["request", "the request needs a Content-Length"],
  "413": ["body", "the body is larger than 64 KiB"],
  "414": ["path", "the path is too long"],
  "431": ["headers", "the header fields are too large"],
  "494": ["headers", "the header fields are too large"],
  "502": ["upstream", "iotedged is not reachable, or its certificate is not trusted"],
  "503": ["busy", "the proxy handles as many requests as it can"],
  "504": ["upstream", "iotedged did not answer in time"],
};

/** Turns an error that nginx raised into an answer of the proxy; `status` is nginx's. */
export function failureOf(status: string): Refusal {
  const known = failures[status];
  if (known !== undefined) return { status: Number(status), reason: known[0], message: known[1] };
  return { status: Number(status), reason: "proxy", message: `the proxy could not handle the request (${status})` };
}
