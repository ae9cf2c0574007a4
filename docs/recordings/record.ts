/**
 * Records what terminals show of real runs: `npm run docs:record -- [NAME...]`. It starts the local cluster and takes it down
 * at its end; `npm run docs` makes the pictures of what it has recorded.
 */
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { clusterStatus } from "../../infra/local-cluster/index.ts";
import { makeRolloutProject } from "../../test/support/rollout-project.ts";
import { formatCast, type Printed } from "./cast.ts";
import { type RecordingName, recordings } from "./recordings.ts";
import { type Command, recordCommand } from "./terminal.ts";

const checkout = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
const edgectl = `node ${join(checkout, "infra/edgectl/bin/edgectl.mjs")}`;
const { PATH = "", HOME = homedir() } = process.env;
const env = { PATH, HOME, TERM: "xterm-256color", LANG: "C.UTF-8", npm_config_update_notifier: "false" };
const asked = process.argv.slice(2);
const wanted = (name: RecordingName) => asked.length === 0 || asked.includes(name);

async function record(name: RecordingName, directory: string, commands: readonly Command[]): Promise<void> {
  if (!wanted(name)) return;
  const { title, columns, rows } = recordings[name];
  const output: Printed[] = [];
  for (const command of commands) {
    const begin = (output.at(-1)?.time ?? -1) + 1;
    const printed = await recordCommand(command, { columns, rows, directory, env });
    output.push(...printed.map(({ time, text }) => ({ time: begin + time, text: withoutPlaces(text, directory) })));
  }
  const file = new URL(`${name}.cast`, import.meta.url);
  await writeFile(file, formatCast({ columns, rows, title, output: joined(output) }));
  process.stdout.write(`recorded ${name}\n`);
}

/** Where this machine has things is nobody's business, and differs each time; what is typed is in the messages, too. */
function withoutPlaces(text: string, directory: string): string {
  return text
    .replaceAll(edgectl, "npx edgectl")
    .replaceAll(checkout, "~/pulumi-iotedge")
    .replaceAll(directory, "~/plant")
    .replaceAll(HOME, "~");
}

/** What came within a moment is one piece. */
function joined(output: readonly Printed[]): readonly Printed[] {
  const pieces: { time: number; text: string }[] = [];
  for (const { time, text } of output) {
    const last = pieces.at(-1);
    if (last !== undefined && time - last.time < 0.02) last.text += text;
    else pieces.push({ time, text });
  }
  return pieces;
}

const command = (shown: string): Command => ({ shown, run: shown.replace("npx edgectl", edgectl) });
const run = promisify(execFile);

await record("start", checkout, [{ shown: "npm start" }]);
if (["check", "rotate", "rollout"].some((name) => wanted(name as RecordingName))) await startCluster();
const { context = "none", kubeconfig = "none" } = (await clusterStatus()).cluster ?? {};
await record("check", checkout, [
  command("npx edgectl check -n edge-a"),
  command("npx edgectl check module sensor -n edge-a"),
]);
if (wanted("diff") || wanted("rollout") || wanted("rotate")) await inProject();
if ((await clusterStatus()).cluster !== undefined) await run("npm", ["stop", "--silent"], { cwd: checkout });

async function startCluster(): Promise<void> {
  if ((await clusterStatus()).cluster === undefined) await run("npm", ["start", "--silent"], { cwd: checkout });
}

/** Three lines of a factory, each a stack of its own, in a project with two commits. */
async function inProject(): Promise<void> {
  const lines = ["lab", "linz", "lyon"].map((name) => ({ name, context, kubeconfig }));
  const strategy = {
    progressDeadline: "3m",
    bake: "3s",
    health: { interval: "1s", failuresInARow: 2 },
    waves: [
      { name: "canary", canary: true, matchLabels: { ring: "canary" } },
      { name: "rest", matchLabels: { ring: "rest" } },
    ],
  };
  const project = await makeRolloutProject(lines, strategy, { fleet: { name: "factories" } });
  const here = (line: string) => run("sh", ["-c", line], { cwd: project.directory });
  try {
    const images = JSON.parse(await readFile(join(checkout, ".edge/images.json"), "utf8"));
    const release = (message: string, own: object) =>
      project.commit(message, (stack) => {
        const installation = { namespace: `line-${stack}`, createNamespace: true, iotedged: { replicas: 1 }, ...own };
        const kubernetes = { context, kubeconfig };
        return { "iotedge:kubernetes": kubernetes, "iotedge:images": images, "iotedge:installations": [installation] };
      });
    await release("First release", { tokenReview: "minimal" });
    await release("See nodes", { nodeObserver: true });
    const diff = "npx edgectl rbac diff --stack linz --base HEAD~1";
    // It ends with 2 where permissions differ.
    await record("diff", project.directory, [{ ...command(diff), exitCode: 2 }]);
    await record("rollout", project.directory, [command("npx edgectl rollout run --yes")]);
    if (wanted("rotate") && !wanted("rollout")) await here(`${edgectl} up --stack linz`);
    await record("rotate", project.directory, [command("npx edgectl trust rotate --stack linz")]);
    if (context === "none") return;
    for (const { name } of lines) await here(`${edgectl} down --stack ${name}`);
  } finally {
    await project.remove();
  }
}
