import { Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { mapConcurrently } from "../../../runtime/base/concurrency.ts";
import { sign } from "../../../runtime/proxy/test/sign.ts";

/** Where clients send to, and what they did. */
export interface Traffic {
  readonly port: number;
  readonly path: string;
  sent: number;
  /** Status or error code of each request that did not succeed. */
  readonly failures: string[];
}

/** A client with a connection of its own, which it keeps for as long as the server does. */
export interface Client extends Disposable {
  sign(): Promise<void>;
}

export function openClient(traffic: Traffic): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return {
    async sign() {
      traffic.sent++;
      const outcome = await sign(agent, traffic.port, traffic.path);
      if (outcome !== "200") traffic.failures.push(outcome);
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}

/** Opens that many connections, each by a request, a few of them at a time, and then closes all of them. */
export async function peak(traffic: Traffic, connections: number, atATime: number): Promise<void> {
  const clients = Array.from({ length: connections }, () => openClient(traffic));
  await mapConcurrently(clients, (client) => client.sign(), atATime);
  for (const client of clients) client[Symbol.dispose]();
}

/** Clients that sign and pause in turns, all at different times, until the seconds are over. */
export async function pausing(
  traffic: Traffic,
  options: { readonly connections: number; readonly pause: readonly [number, number]; readonly seconds: number },
): Promise<void> {
  const [shortest, longest] = options.pause;
  const end = performance.now() + options.seconds * 1000;
  const one = async (_: unknown, index: number) => {
    using client = openClient(traffic);
    await sleep((longest * 1000 * index) / options.connections);
    for (let turn = index; performance.now() < end; turn++) {
      await client.sign();
      // All pauses from the shortest to the longest, in an order that no two clients share.
      const share = (turn * 0.618_034) % 1;
      await sleep((shortest + (longest - shortest) * share) * 1000);
    }
  };
  await Promise.all(Array.from({ length: options.connections }, one));
}
