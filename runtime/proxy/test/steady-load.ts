import { Agent, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

/** A module that signs at a steady rate over a few kept connections, and repeats nothing that fails. */
export interface SteadyLoad {
  readonly sent: number;
  /** Status or error code of each request that did not succeed. */
  readonly failures: readonly string[];
  /** Waits for what is under way. */
  stop(): Promise<void>;
}

const body = JSON.stringify({ keyId: "primary", algo: "HMACSHA256", data: "aGVsbG8=" });

export function startSteadyLoad(port: number, options: { readonly perSecond: number; readonly connections: number }) {
  const agent = new Agent({ keepAlive: true, maxSockets: options.connections });
  const failures: string[] = [];
  const underWay = new Set<Promise<void>>();
  let sent = 0;
  let running = true;

  const send = async () => {
    const outcome = await sign(agent, port);
    if (outcome !== "200") failures.push(outcome);
  };
  const loop = (async () => {
    for (const start = performance.now(); running; await delay(5)) {
      for (; sent < ((performance.now() - start) / 1000) * options.perSecond; sent++) {
        const one = send().finally(() => underWay.delete(one));
        underWay.add(one);
      }
    }
  })();
  const load: SteadyLoad = {
    get sent() {
      return sent;
    },
    failures,
    async stop() {
      running = false;
      await loop;
      await Promise.all(underWay);
      agent.destroy();
    },
  };
  return load;
}

function sign(agent: Agent, port: number): Promise<string> {
  return new Promise((resolve) => {
    const path = "/modules/sensor/genid/1/sign?api-version=2020-07-07";
    const headers = { "content-type": "application/json", "content-length": body.length };
    const call = request({ agent, host: "localhost", port, path, method: "POST", headers, family: 4 }, (answer) => {
      answer.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      answer.resume().on("end", () => resolve(String(answer.statusCode)));
    });
    call.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    call.end(body);
  });
}
