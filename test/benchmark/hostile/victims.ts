import { setTimeout as sleep } from "node:timers/promises";
import { startSteadyLoad } from "../../../runtime/proxy/test/steady-load.ts";
import type { Site } from "../shared/site.ts";
import { probe, signAnew } from "./fresh-call.ts";
import { podAddress } from "./plans.ts";

/** Whoever works while somebody attacks: a module, one whose proxy has no connection yet, and the kubelet. */
export interface Victims {
  /** What became of each call that did not succeed. */
  readonly failures: readonly string[];
  /** Milliseconds of the module's calls. */
  readonly times: readonly number[];
  /** Most connections that iotedged had in each state, as its metrics tell now and then. */
  readonly mostConnections: Readonly<Record<string, number>>;
  stop(): Promise<void>;
}

const steady = { perSecond: 50, connections: 8 } as const;
const newcomer = { address: "127.0.0.10", pause: 200, timeout: 10_000 } as const;
/** The timeouts are those of the pods' probes. */
const kubelet = { address: "127.0.0.11", pause: 1000, iotedgedTimeout: 5000, proxyTimeout: 1000 } as const;

export function startVictims(site: Site): Victims {
  const load = startSteadyLoad(site.proxy.layout.workloadPort, { ...steady, generationId: site.generationId });
  const failures: string[] = [];
  const ending = new AbortController();

  async function repeat(what: string, pause: number, call: () => Promise<string>): Promise<void> {
    while (!ending.signal.aborted) {
      const outcome = await call();
      if (outcome !== "200") failures.push(`${what}: ${outcome}`);
      await sleep(pause);
    }
  }
  const mostConnections: Record<string, number> = {};
  async function scrape(): Promise<string> {
    const answer = await fetch(`http://127.0.0.1:${site.iotedged.observability}/metrics`);
    for (const [, state = "", count] of (await answer.text()).matchAll(/^iotedge_connections\{state="(.+)"\} (\d+)$/gm))
      mostConnections[state] = Math.max(mostConnections[state] ?? 0, Number(count));
    return String(answer.status);
  }
  const { address } = kubelet;
  const { observabilityPort } = site.proxy.layout;
  const loops = [
    repeat("scrape", kubelet.pause, scrape),
    repeat("newcomer", newcomer.pause, () => signAnew(site, "m0", newcomer.address, newcomer.timeout)),
    repeat("probe of iotedged", kubelet.pause, () => {
      const to = { host: "127.0.0.1", port: site.iotedged.observability, localAddress: address };
      return probe({ ...to, timeout: kubelet.iotedgedTimeout });
    }),
    repeat("probe of the proxy", kubelet.pause, () => {
      const to = { host: podAddress, port: observabilityPort, localAddress: address };
      return probe({ ...to, timeout: kubelet.proxyTimeout });
    }),
  ];
  return {
    get failures() {
      return [...load.failures, ...failures];
    },
    mostConnections,
    get times() {
      return load.times;
    },
    stop: async () => {
      ending.abort();
      await Promise.all([load.stop(), ...loops]);
    },
  };
}
