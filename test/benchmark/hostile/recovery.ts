import type { Site } from "../shared/site.ts";
import { signAnew } from "./fresh-call.ts";

/** Waits until a module can sign over a new connection from each of these addresses, which an attack came from. */
export async function untilServed(site: Site, addresses: readonly string[]): Promise<void> {
  await Promise.all([...new Set(addresses)].map((address) => untilServedAt(site, address)));
}

async function untilServedAt(site: Site, address: string): Promise<void> {
  const end = performance.now() + 60_000;
  while ((await signAnew(site, "m1", address, 10_000)) !== "200")
    if (performance.now() > end) throw new Error(`nobody is served at ${address} a minute after the attack`);
}
