import { type Agent, request } from "node:http";

const body = JSON.stringify({ keyId: "primary", algo: "HMACSHA256", data: "aGVsbG8=" });
const timeout = 30_000;

/** Where module `sensor` of that generation signs. */
export function signPath(generationId: string): string {
  return `/modules/sensor/genid/${generationId}/sign?api-version=2020-07-07`;
}

/** Status of the answer, or error code where there was none. Nothing is sent again. */
export function sign(agent: Agent, port: number, path: string): Promise<string> {
  return new Promise((resolve) => {
    const headers = { "content-type": "application/json", "content-length": body.length };
    const fail = (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message);
    const call = request({ agent, host: "localhost", port, path, method: "POST", headers, family: 4 }, (answer) => {
      answer.on("error", fail);
      answer.resume().on("end", () => resolve(String(answer.statusCode)));
    });
    call.setTimeout(timeout, () => call.destroy(new Error(`no answer within ${timeout / 1000} s`)));
    call.on("error", fail);
    call.end(body);
  });
}
