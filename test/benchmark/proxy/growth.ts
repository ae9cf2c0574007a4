import { setTimeout as sleep } from "node:timers/promises";
import type { RunningProxy } from "../../../runtime/proxy/test/proxy.ts";
import { type Load, openLoad } from "./load.ts";
import { restOf } from "./rest.ts";

/** Fewer under way at a time than the 64 requests that the proxy handles at once. */
const crowd = { connections: 1000, atATime: 50 } as const;
/** Seconds after which memory has gone back and idle connections to iotedged are closed. */
const settling = 10;

/** How much larger the proxy is at rest after 1 000 connections were open at a time, as a part of what it was before. */
export async function growthOf(proxy: RunningProxy): Promise<number> {
  await sleep(settling * 1000);
  const before = restOf(proxy).resident;
  const loads: Load[] = [];
  for (let open = 0; open < crowd.connections; open += crowd.atATime) {
    const load = await openLoad(proxy.layout.workloadPort, crowd.atATime);
    loads.push(load);
    await load.send(crowd.atATime);
  }
  for (const load of loads) load.close();
  await sleep(settling * 1000);
  return restOf(proxy).resident / before - 1;
}
