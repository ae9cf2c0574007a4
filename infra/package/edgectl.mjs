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
await import("../infra/edgectl/main.js");
