import fs from "fs";
import { readToken, tokenExpiry } from "./token.ts";

/**
 * Ready: there is a trust bundle and an address of iotedged, the token is not expired, and iotedged was reached over
 * verified TLS once.
 *
 * Only once: were readiness to follow iotedged, its restart would take every module's pod out of its Service.
 */
export function ready(r: NginxHTTPRequest): void {
  const problem = localProblem(r);
  if (problem !== undefined || wasReached(r)) report(r, problem);
  else r.subrequest("/probe", (reply) => report(r, probeProblem(r, reply.status)));
}

function report(r: NginxHTTPRequest, problem: string | undefined): void {
  r.headersOut["Content-Type"] = "application/json";
  if (problem === undefined) r.return(200, '{"status":"ready"}');
  else r.return(503, JSON.stringify({ status: "not ready", reason: problem }));
}

function localProblem(r: NginxHTTPRequest): string | undefined {
  const missing = String(r.variables.missing);
  if (missing !== "") return missing;
  const token = readToken(String(r.variables.token_file));
  if (token === undefined) return "token";
  const expiry = tokenExpiry(token);
  if (expiry !== undefined && expiry * 1000 <= Date.now()) return "token-expired";
  r.variables.authorization = `Bearer ${token}`;
  return undefined;
}

function wasReached(r: NginxHTTPRequest): boolean {
  try {
    fs.accessSync(String(r.variables.reached_file));
    return true;
  } catch (_) {
    return false;
  }
}

function probeProblem(r: NginxHTTPRequest, status: number): string | undefined {
  if (status === 401 || status === 403) return "token-refused";
  if (status >= 500) return "upstream";
  fs.writeFileSync(String(r.variables.reached_file), "");
  return undefined;
}
