/**
 * The longest block of EdgeAgent's event loop by a deployment manifest, over manifests of the greatest size that are made
 * to cost as much as they can.
 *
 * EdgeAgent runs with the flags of its image in a process of its own and does all that it does with a changed manifest:
 * reads, judges, plans, writes objects, Events and the status. The namespace is one in memory, so that no API server
 * has a share in the figures. Counted is the time in which the thread had the processor: other processes do not count.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { loadavg } from "node:os";
import { join } from "node:path";
import { dataKeys, objectNames } from "#contract";
import { manifestText } from "../fakes/edge-installation.ts";
import { hostileManifests } from "../fixtures/hostile/manifests.ts";
import { progress } from "../support/progress.ts";
import type { Told } from "./manifest/agent.ts";
import { containerNode } from "./shared/container-node.ts";

const limits = { blockMilliseconds: 200 } as const;
const told = 10;

const loadAtStart = loadavg()[0] ?? Number.NaN;
const node = containerNode("edgeAgent");
const child = fork(join(import.meta.dirname, "manifest/agent.ts"), {
  execArgv: ["--disable-warning=ExperimentalWarning", ...node.flags],
  env: { PATH: process.env.PATH, ...node.environment },
  stdio: ["ignore", "ignore", "inherit", "ipc"],
});
const failure = once(child, "exit").then(([code]) => Promise.reject(new Error(`EdgeAgent ended with code ${code}`)));
failure.catch(() => undefined);
await Promise.race([once(child, "message"), failure]);

const results: (Told & { readonly what: string })[] = [];
await takeIn(manifestText({ sensor: { settings: { image: "registry.example.com/sample:1.0" } } }));
for (const { what, text } of hostileManifests()) {
  results.push({ what, ...(await takeIn(text())) });
  if (results.length % 20 === 0) progress(`${results.length} manifests`);
}
child.disconnect();

results.sort((a, b) => b.cpu - a.cpu);
const [worst] = results;
const passed = worst !== undefined && worst.cpu <= limits.blockMilliseconds;
const result = { loadAtStart, manifests: results.length, worst: results.slice(0, told), limits, passed };
process.stdout.write(process.argv.includes("--json") ? `${JSON.stringify(result, null, 2)}\n` : describe());
if (!passed) process.exitCode = 1;

async function takeIn(text: string): Promise<Told> {
  const metadata = { name: objectNames.deployment };
  const event = JSON.stringify({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata,
    data: { [dataKeys.deployment]: text },
  });
  child.send({ event, text });
  const [answer] = await Promise.race([once(child, "message"), failure]);
  return answer;
}

function describe(): string {
  const lines = [
    `longest block of EdgeAgent's event loop by one of ${results.length} manifests: ${worst?.cpu.toFixed(0)} ms of the ` +
      `processor (limit ${limits.blockMilliseconds} ms), ${worst?.wall.toFixed(0)} ms with what other processes took`,
    ...result.worst.map(
      ({ what, verdict, cpu, wall }) => `  ${cpu.toFixed(0)} ms (${wall.toFixed(0)} ms) ${verdict}: ${what}`,
    ),
    `load average of the machine at the start: ${loadAtStart.toFixed(1)}`,
  ];
  return `${lines.join("\n")}\n`;
}
