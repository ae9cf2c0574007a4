import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { inject } from "vitest";
import type { KubernetesItem } from "../cluster.ts";

/** Requests that modules make through their proxies, from inside their containers. */
export interface Traffic {
  /**
   * Ends it, once all modules together have asked for `atLeast` signatures: a slow machine takes longer, and does not
   * ask for less. What was served, and what failed, all modules together.
   */
  stop(atLeast?: number): Promise<{ readonly served: number; readonly failed: readonly string[] }>;
}

/**
 * Runs in a module's container until its standard input ends, and until as many signatures were asked for as the
 * input says. Then it prints what came of it.
 */
const client = `
const [id, generation, every] = process.argv.slice(1);
const base = "http://localhost:35001", version = "?api-version=2020-07-07";
const own = "/modules/" + encodeURIComponent(id) + "/genid/" + generation;
let served = 0, count = 0; const failed = [], running = new Set();
const post = (path, body) => fetch(base + path + version, body && { method: "POST", body: JSON.stringify(body),
  headers: { "content-type": "application/json" } }).then(async (answer) => {
    await answer.arrayBuffer();
    if (answer.ok) served++; else failed.push(path.replace(generation, "") + " " + answer.status);
  }, (error) => failed.push(path.replace(generation, "") + " " + (error.cause?.code ?? error.message)));
const start = (call) => { running.add(call); call.then(() => running.delete(call)); };
const timer = setInterval(() => {
  start(post(own + "/sign", { keyId: "primary", algo: "HMACSHA256", data: "aGVsbG8=" }));
  if (count++ % 50 !== 0) return;
  start(post("/trust-bundle"));
  const expiration = new Date(Date.now() + 3600000).toISOString();
  start(post(own + "/certificate/server", { commonName: id, expiration }));
}, Number(every));
let least = "";
process.stdin.on("data", (text) => { least += text; }).on("end", async () => {
  while (count < Number(least)) await new Promise((resolve) => setTimeout(resolve, Number(every)));
  clearInterval(timer);
  await Promise.all(running);
  console.log(JSON.stringify({ served, failed: failed.slice(0, 20) }));
});
`;

export interface TrafficModule {
  readonly id: string;
  readonly pod: KubernetesItem;
  /** UID of its ServiceAccount. */
  readonly generation: string;
}

/** @param rate requests in a second, of all modules together */
export function startTraffic(namespace: string, modules: readonly TrafficModule[], rate: number): Traffic {
  const every = String(Math.round((1000 * modules.length) / rate));
  const runs = modules.map(({ id, pod, generation }) => {
    const command = ["/bin/node", "-e", client, id, generation, every];
    const base = ["--kubeconfig", inject("kubeconfig"), "exec", "-i", "-n", namespace, pod.metadata.name];
    const child = spawn(inject("kubectl"), [...base, "-c", id, "--", ...command], { stdio: ["pipe", "pipe", "pipe"] });
    const lines: string[] = [];
    const problems: string[] = [];
    createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
    createInterface({ input: child.stderr }).on("line", (line) => problems.push(line));
    const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
    return { id, child, ended, lines, problems };
  });
  return {
    stop: async (atLeast = 100) => {
      for (const { child } of runs) child.stdin.end(String(Math.ceil(atLeast / modules.length)));
      await Promise.all(runs.map(({ ended }) => ended));
      const results = runs.map(({ id, lines, problems }) => {
        const last = lines.at(-1);
        if (last === undefined) return { served: 0, failed: [`${id} ended without an answer: ${problems.join(" ")}`] };
        const { served, failed } = JSON.parse(last) as { served: number; failed: string[] };
        return { served, failed: failed.map((one) => `${id} ${one}`) };
      });
      const served = results.reduce((sum, result) => sum + result.served, 0);
      return { served, failed: results.flatMap(({ failed }) => failed) };
    },
  };
}
