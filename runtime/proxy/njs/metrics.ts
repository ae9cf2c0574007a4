import crypto from "crypto";
import fs from "fs";
import { readToken, tokenExpiry } from "./token.ts";

/** Metrics in Prometheus' text format: nginx's own, the token's and the bundle's, then those of the supervisor. */
export function metrics(r: NginxHTTPRequest): void {
  r.subrequest("/stub-status", (status) => {
    r.headersOut["Content-Type"] = "text/plain; version=0.0.4";
    r.return(200, requests(r, String(status.responseText)) + token(r) + bundle(r) + read(r, "supervisor_metrics"));
  });
}

function requests(r: NginxHTTPRequest, stubStatus: string): string {
  const totals = /(\d+) (\d+) (\d+) \n/.exec(stubStatus);
  const requests = totals === null ? "0" : String(totals[3]);
  return (
    metric("iotedge_proxy_requests_total", "counter", "Requests, those to this port included.", "", requests) +
    metric("iotedge_proxy_connections", "gauge", "Open connections.", "", String(r.variables.connections_active))
  );
}

function token(r: NginxHTTPRequest): string {
  const value = readToken(String(r.variables.token_file));
  const expiry = value === undefined ? 0 : tokenExpiry(value) || 0;
  const help = "When the token expires, in seconds since 1970; 0 without a token that says so.";
  return metric("iotedge_proxy_token_not_after_seconds", "gauge", help, "", String(expiry));
}

function bundle(r: NginxHTTPRequest): string {
  const pem = read(r, "bundle_file");
  if (pem === "") return "";
  const hash = crypto.createHash("sha256").update(pem).digest("hex");
  const help = "The trust bundle in use, by the SHA-256 of its file.";
  return metric("iotedge_proxy_trust_bundle_info", "gauge", help, `{sha256="${hash}"}`, "1");
}

function read(r: NginxHTTPRequest, variable: string): string {
  try {
    return fs.readFileSync(String(r.variables[variable]), "utf8");
  } catch (_) {
    return "";
  }
}

function metric(name: string, type: string, help: string, labels: string, value: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${name}${labels} ${value}\n`;
}
