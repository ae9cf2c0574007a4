/**
 * Processor time and memory of `edgectl rbac` as users run it, from YAML: a diff of the manifests of 1 000 installations,
 * about 22 000 objects on each side, lint of a file with one object, and small files that would become large. The head of
 * the diff widens one rule of every installation and binds one of them to cluster-admin.
 */
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import {
  clusterObjectNames,
  edgeAgentRules,
  iotedgedRules,
  nodeObserverRules,
  objectNames,
  type PolicyRule,
  tokenReviewerRules,
} from "#contract";

const installations = 1_000;
const limits = {
  diff: { seconds: 5, megabytes: 600 },
  lint: { seconds: 0.4, megabytes: 200 },
  help: { seconds: 0.25, megabytes: 200 },
  bomb: { seconds: 2, megabytes: 300 },
};
const group = "rbac.authorization.k8s.io";
const apiVersion = `${group}/v1`;
const edgectl = fileURLToPath(new URL("../../infra/edgectl/bin/edgectl.mjs", import.meta.url));

const folder = await mkdtemp(join(tmpdir(), "edge-benchmark-"));
try {
  const [base, head, one] = [join(folder, "base.yaml"), join(folder, "head.yaml"), join(folder, "one.yaml")];
  const objects = await write(base, false);
  await write(head, true);
  await writeFile(one, toYaml([role("ClusterRole", "reader", tokenReviewerRules)]));
  // The first run compiles edgectl, once for all.
  await measure("lint", one);
  const results = [
    {
      name: "diff",
      installations,
      objects,
      ...(await measure("diff", "--base", base, "--head", head)),
      limits: limits.diff,
    },
    {
      name: "lint",
      installations: 0,
      objects: 1,
      ...(await leastOf(5, () => measure("lint", one))),
      limits: limits.lint,
    },
    { name: "--help", installations: 0, objects: 1, ...(await leastOf(5, () => run("--help"))), limits: limits.help },
  ];
  for (const [name, text] of Object.entries(bombs())) {
    const file = join(folder, "bomb.yaml");
    await writeFile(file, text);
    results.push({ name, installations: 0, objects: 1, ...(await measure("lint", file)), limits: limits.bomb });
  }
  process.stdout.write(
    process.argv.includes("--json")
      ? `${JSON.stringify({ results }, null, 2)}\n`
      : results.map((result) => `${describe(result)}\n`).join(""),
  );
  if (results.some(({ seconds, megabytes, limits }) => seconds > limits.seconds || megabytes > limits.megabytes))
    process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true });
}

type Result = { name: string; objects: number; limits: typeof limits.diff } & Awaited<ReturnType<typeof measure>>;

function describe({ name, objects, seconds, megabytes, kilobytes, limits }: Result): string {
  return (
    `rbac ${name}, ${objects === 1 ? "one object" : `${objects} objects a side`}: ${seconds.toFixed(2)} s of processor time (limit ${limits.seconds} s), ` +
    `${megabytes} MB at most (limit ${limits.megabytes} MB); ${kilobytes} kB of reports`
  );
}

/** What else a machine does makes short runs longer, never shorter. */
async function leastOf(runs: number, once: () => ReturnType<typeof measure>) {
  let least = await once();
  for (let left = runs - 1; left > 0; left -= 1) {
    const next = await once();
    if (next.seconds < least.seconds) least = next;
  }
  return least;
}

function measure(...args: readonly string[]) {
  const reports = ["json", "sarif"].map((format) => `${format}=${join(folder, `report.${format}`)}`);
  return run("rbac", ...args, "-o", "markdown", "--report", ...reports);
}

/** Runs edgectl with all processes that it consists of, each of which writes down what it took. */
async function run(...args: readonly string[]) {
  const usage = join(folder, "usage");
  await writeFile(usage, "");
  const watcher = `
    import { appendFileSync } from "node:fs";
    process.on("exit", () => {
      const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
      appendFileSync(${JSON.stringify(usage)}, JSON.stringify([userCPUTime + systemCPUTime, maxRSS]) + "\\n");
    });`;
  const child = spawn(process.execPath, [edgectl, ...args], {
    env: { ...process.env, NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(watcher)}` },
    stdio: ["ignore", "pipe", "ignore"],
  });
  let bytes = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  if (code !== 0 && code !== 2 && !args.some((arg) => arg.endsWith("bomb.yaml")))
    throw new Error(`edgectl ${args.join(" ")} ended with ${code}`);
  const processes = (await readFile(usage, "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as [number, number]);
  return {
    seconds: processes.reduce((sum, [microseconds]) => sum + microseconds, 0) / 1e6,
    megabytes: Math.round(Math.max(...processes.map(([, kilobytes]) => kilobytes)) / 1024),
    kilobytes: Math.round(bytes / 1024),
  };
}

/** Small files that stand for large ones. All end with an error. */
function bombs(): Readonly<Record<string, string>> {
  const names = Array.from({ length: 300 }, (_, index) => `n${index}`);
  const head = { apiVersion, kind: "ClusterRole", metadata: { name: "x" } };
  const levels = Array.from(
    { length: 12 },
    (_, index) => `a${index + 1}: &a${index + 1} [${`*a${index},`.repeat(10)}]`,
  );
  return {
    "lint of rules that multiply": toYaml([{ ...head, rules: [{ apiGroups: names, resources: names, verbs: names }] }]),
    "lint of aliases in aliases": `a0: &a0 [x]\n${levels.join("\n")}\n`,
    "lint of a list in itself": "kind: List\napiVersion: v1\nitems: &a [{kind: List, apiVersion: v1, items: *a}]\n",
    "lint of nested lists": "[".repeat(1_000_000),
    "lint of nested JSON": `{"a":${"[".repeat(1_000_000)}`,
  };
}

async function write(file: string, changed: boolean): Promise<number> {
  const objects = Array.from({ length: installations }, (_, index) => installation(index, changed)).flat();
  await writeFile(file, toYaml(objects));
  return objects.length;
}

/** One document for each object, as `kubectl get -o yaml` and Helm write them. */
function toYaml(objects: readonly object[]): string {
  return objects.map((object) => `---\n${stringify(object, { aliasDuplicateObjects: false })}`).join("");
}

/** What an installation with five modules declares, and what that makes at run time. */
function installation(index: number, changed: boolean): object[] {
  const namespace = `edge-${index}`;
  const names = clusterObjectNames(namespace);
  const modules = ["sensor", "filter", "camera", "gateway", "uplink"];
  const agentRules: readonly PolicyRule[] = changed
    ? [...edgeAgentRules, { apiGroups: [""], resources: ["secrets"], verbs: ["get"] }]
    : edgeAgentRules;
  const admin = changed && index === 500 ? "cluster-admin" : names.tokenReviewer;
  const daemons = [objectNames.iotedged, objectNames.edgeAgent];
  return [
    ...[...daemons, ...modules].map((name) => object("v1", "ServiceAccount", name, namespace)),
    ...[...daemons, ...modules].map((name) => object("apps/v1", "Deployment", name, namespace, { spec: {} })),
    role("Role", objectNames.iotedged, iotedgedRules, namespace),
    binding("RoleBinding", objectNames.iotedged, ["Role", objectNames.iotedged], account(namespace), namespace),
    role("Role", objectNames.edgeAgent, agentRules, namespace),
    binding("RoleBinding", objectNames.edgeAgent, ["Role", objectNames.edgeAgent], agent(namespace), namespace),
    role("ClusterRole", names.tokenReviewer, tokenReviewerRules),
    binding("ClusterRoleBinding", names.tokenReviewer, ["ClusterRole", admin], account(namespace)),
    role("ClusterRole", names.nodeObserverRole, nodeObserverRules),
    binding(
      "ClusterRoleBinding",
      names.nodeObserverBinding,
      ["ClusterRole", names.nodeObserverRole],
      account(namespace),
    ),
  ];
}

function object(version: string, kind: string, name: string, namespace?: string, rest: object = {}): object {
  return { apiVersion: version, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) }, ...rest };
}

function role(kind: string, name: string, rules: readonly PolicyRule[], namespace?: string): object {
  return object(apiVersion, kind, name, namespace, { rules });
}

function binding(
  kind: string,
  name: string,
  ref: readonly [string, string],
  subject: object,
  namespace?: string,
): object {
  const roleRef = { apiGroup: group, kind: ref[0], name: ref[1] };
  return object(apiVersion, kind, name, namespace, { roleRef, subjects: [subject] });
}

function account(namespace: string): object {
  return { kind: "ServiceAccount", name: objectNames.iotedged, namespace };
}

function agent(namespace: string): object {
  return { kind: "ServiceAccount", name: objectNames.edgeAgent, namespace };
}
