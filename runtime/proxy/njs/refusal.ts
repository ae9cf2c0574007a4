/** Answer of the proxy itself, instead of iotedged's. */
export interface Refusal {
  readonly status: number;
  /** Value of header `x-iotedge-proxy-error`: which check failed. */
  readonly reason: string;
  /** For the caller; holds nothing that the caller sent. */
  readonly message: string;
}

/** What the checks look at, as it came over the wire. */
export interface RawRequest {
  /** Request line without its line end. */
  readonly line: string;
  /** Header fields in their order, names in any case. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Port of the listener. */
  readonly port: string;
}

const requestLine = /^([A-Z]+) (\/[!-~]*) HTTP\/1\.[01]$/;
const loopbackHost = /^(localhost|127\.0\.0\.1|\[::1\])(?::([0-9]{1,5}))?$/i;
const methods = ["GET", "HEAD", "POST", "PUT", "DELETE"];
const methodsWithBody = ["POST", "PUT"];
const singleFields = ["host", "content-length", "content-type", "transfer-encoding"];

/**
 * The first rule that the request breaks, or `undefined`.
 *
 * iotedged gets the path as the module wrote it, so a path that two parsers could read in two ways is refused rather
 * than normalised. `Host` and `Origin` are checked because a web page could otherwise use the module's identity
 * through a browser or a server-side request (DNS rebinding, SSRF).
 */
export function refusalOf(request: RawRequest): Refusal | undefined {
  const parts = requestLine.exec(request.line);
  if (parts === null) return refuse(400, "request-line", "the request line must be METHOD /path HTTP/1.1");
  const method = String(parts[1]);
  if (methods.indexOf(method) < 0) return refuse(405, "method", "the method is not allowed");
  return pathRefusal(String(parts[2])) || headerRefusal(request, method);
}

function pathRefusal(target: string): Refusal | undefined {
  const path = String(target.split("?")[0]);
  if (/[#\\]/.test(target)) return refuse(400, "path", "the path must not hold # or a backslash");
  if (/%(?![0-9a-fA-F]{2})/.test(target)) return refuse(400, "path", "the path has an incomplete percent-encoding");
  if (path.indexOf("//") >= 0) return refuse(400, "path", "the path must not hold an empty segment");
  const segments = path
    .replace(/%2e/gi, ".")
    .replace(/%(2f|5c)/gi, "/")
    .split("/");
  if (segments.some((segment) => segment === "." || segment === ".."))
    return refuse(400, "path", "the path must not hold a dot segment");
  return undefined;
}

function headerRefusal(request: RawRequest, method: string): Refusal | undefined {
  const values = valuesByName(request.headers);
  for (let i = 0; i < singleFields.length; i++) {
    const name = String(singleFields[i]);
    if (valuesOf(values, name).length > 1) return refuse(400, "headers", `header ${name} must occur once`);
  }
  if (valuesOf(values, "upgrade").length > 0) return refuse(400, "headers", "protocol upgrades are not supported");
  if (valuesOf(values, "origin").length > 0)
    return refuse(403, "origin", "requests from web pages are refused (header Origin)");
  if (!isLoopback(valuesOf(values, "host")[0], request.port))
    return refuse(421, "host", `header Host must be localhost, 127.0.0.1 or [::1], with port ${request.port} or none`);
  if (methodsWithBody.indexOf(method) < 0 && hasBody(values))
    return refuse(400, "body", `a ${method} request must not have a body`);
  return undefined;
}

function isLoopback(host: string | undefined, port: string): boolean {
  const parts = loopbackHost.exec(host || "");
  return parts !== null && (parts[2] === undefined || parts[2] === port);
}

function hasBody(values: Record<string, string[]>): boolean {
  const length = valuesOf(values, "content-length")[0];
  return (length !== undefined && length !== "0") || valuesOf(values, "transfer-encoding").length > 0;
}

function valuesByName(headers: RawRequest["headers"]): Record<string, string[]> {
  const values: Record<string, string[]> = Object.create(null);
  headers.forEach((field) => {
    const name = field[0].toLowerCase();
    values[name] = valuesOf(values, name).concat([field[1]]);
  });
  return values;
}

function valuesOf(values: Record<string, string[]>, name: string): string[] {
  return values[name] || [];
}

function refuse(status: number, reason: string, message: string): Refusal {
  return { status, reason, message };
}
