import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ProxyLayout } from "./environment.ts";

const directory = join(dirname(fileURLToPath(import.meta.url)), "haproxy");

/** Signal that lets HAProxy end its requests before it ends; SIGTERM ends it at once. */
export const stopSignal = "SIGUSR1";

/** What is read by HAProxy: its configuration, its Lua, and the map that the one shares with the other; sorted. */
export async function configurationFiles(): Promise<readonly { readonly name: string; readonly file: string }[]> {
  const names = (await readdir(directory)).sort();
  return names.map((name) => ({ name, file: join(directory, name) }));
}

/** How HAProxy is started. */
export function proxyCommand({ haproxy, configDirectory }: ProxyLayout): readonly [string, ...string[]] {
  return [haproxy, "-f", `${configDirectory}/haproxy.cfg`];
}
