import { request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";
import { tokenFor } from "../iotedged/api-server.ts";
import type { Site } from "../shared/site.ts";

interface Target {
  readonly host: string;
  readonly port: number;
  /** Address that the call comes from. */
  readonly localAddress: string;
  /** Milliseconds after which nobody waits any more. */
  readonly timeout: number;
}

const body = JSON.stringify({ keyId: "primary", algo: "HMACSHA256", data: "aGVsbG8=" });

/** Signs as a module over a connection of its own; the answer's status, or the error's code. */
export function signAnew(site: Site, moduleId: string, from: string, timeout: number): Promise<string> {
  const path = `/modules/${moduleId}/genid/uid-${moduleId}/sign?api-version=2020-07-07`;
  const headers = { "content-type": "application/json", authorization: `Bearer ${tokenFor(moduleId)}` };
  const trust = { ca: site.cas[0].certificatePem, servername: "iotedged" };
  const to = { host: "127.0.0.1", port: site.iotedgedPort, localAddress: from };
  return outcome(tlsRequest({ ...to, ...trust, path, method: "POST", headers, agent: false, timeout }), body, timeout);
}

/** Asks as the kubelet does. */
export function probe({ timeout, ...to }: Target): Promise<string> {
  return outcome(plainRequest({ ...to, path: "/livez", agent: false }), undefined, timeout);
}

function outcome(call: ReturnType<typeof plainRequest>, text: string | undefined, timeout: number): Promise<string> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      resolve("no answer in time");
      call.destroy();
    }, timeout);
    const settle = (what: string) => {
      clearTimeout(timer);
      resolve(what);
    };
    call.on("error", (error: NodeJS.ErrnoException) => settle(error.code ?? error.message));
    call.on("response", (answer) => {
      answer.on("error", (error: NodeJS.ErrnoException) => settle(error.code ?? error.message));
      answer.resume().on("end", () => settle(String(answer.statusCode)));
    });
    call.end(text);
  });
}
