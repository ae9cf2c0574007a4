#!/usr/bin/env node
// edgectl of the npm package. It may run on a Node of any age, so it says what it needs before it loads anything newer.
import { readFileSync } from "node:fs";
import process from "node:process";

const { engines } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const [needed, running] = [engines.node.slice(2), process.versions.node].map((text) => text.split(".").map(Number));
const isOlder = running[0] < needed[0] || (running[0] === needed[0] && running[1] < needed[1]);
if (isOlder) {
  process.stderr.write(
    `error EDGE_CLI_NODE: edgectl needs Node ${needed.join(".")} or newer, this is ${process.versions.node}\n  fix: Install a newer Node, and run the command again.\n`,
  );
  process.exit(1);
}
process.env.EDGE_STARTED_AS = process.argv[1];
await limitYoungGeneration();
await import("../infra/edgectl/main.js");

/** Rollouts begin anew, in the same process, where Node can do that (22.15, not on Windows); how it was told otherwise counts. */
async function limitYoungGeneration() {
  const told = `${process.execArgv.join(" ")} ${process.env.NODE_OPTIONS ?? ""}`;
  if (process.argv[2] !== "rollout" || process.execve === undefined || /max[-_]semi[-_]space/.test(told)) return;
  const { youngGeneration } = await import("../infra/edgectl/bin/young-generation.mjs");
  const args = [process.argv0, youngGeneration, ...process.execArgv, ...process.argv.slice(1)];
  process.execve(process.execPath, args, process.env);
}
