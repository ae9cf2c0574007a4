import { Agent } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { sign, signPath } from "./sign.ts";

/** A module that signs at a steady rate over a few kept connections, and repeats nothing that fails. */
export interface SteadyLoad {
  readonly sent: number;
  /** Status or error code of each request that did not succeed. */
  readonly failures: readonly string[];
  /** Milliseconds that each answered request took, from when it was due. */
  readonly times: readonly number[];
  /** Waits for what is under way. */
  stop(): Promise<void>;
}

/**
 * Sends when a request is due, whether those before it were answered or not.
 *
 * @param options.generationId of module `sensor`
 */
export function startSteadyLoad(
  port: number,
  options: { readonly perSecond: number; readonly connections: number; readonly generationId?: string },
): SteadyLoad {
  const { perSecond, connections, generationId = "1" } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const path = signPath(generationId);
  const failures: string[] = [];
  const times: number[] = [];
  const underWay = new Set<Promise<void>>();
  const start = performance.now();
  let sent = 0;
  let running = true;

  const send = async () => {
    const due = start + (sent / perSecond) * 1000;
    const outcome = await sign(agent, port, path);
    if (outcome === "200") times.push(performance.now() - due);
    else failures.push(outcome);
  };
  const loop = (async () => {
    for (; running; await delay(5)) {
      for (; sent < ((performance.now() - start) / 1000) * perSecond; sent++) {
        const one = send().finally(() => underWay.delete(one));
        underWay.add(one);
      }
    }
  })();
  return {
    get sent() {
      return sent;
    },
    failures,
    times,
    async stop() {
      running = false;
      await loop;
      await Promise.all(underWay);
      agent.destroy();
    },
  };
}
