import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { type Outcome, runProgram } from "./run-program.ts";

export interface WorkflowRun {
  /** The folder of `ensureWorkflowTools`. */
  readonly tools: string;
  /** A folder of the test's own. */
  readonly scratch: string;
  /** The repository whose workflow it is. */
  readonly repository: string;
  /** Path in the repository. */
  readonly workflow: string;
  readonly event: string;
  /** What the event tells, as `github.event`. */
  readonly payload: object;
  /** Folders that hold what `uses` names, by that name without the path in it: `OWNER/REPOSITORY@VERSION`. */
  readonly actions?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly job?: string;
}

/** What the stand-in of a third party's action was given. */
export interface ActionCall {
  readonly action: string;
  readonly inputs: Readonly<Record<string, string>>;
}

/**
 * Runs a workflow of GitHub on this machine by act: its expressions, conditions, outputs and scripts. Actions of others,
 * which are not here, are replaced by ones that write down what they were given.
 */
export async function runWorkflow(run: WorkflowRun): Promise<Outcome & { readonly calls: readonly ActionCall[] }> {
  const folder = await mkdtemp(join(run.scratch, "act-"));
  const log = join(folder, "calls.jsonl");
  const text = await readFile(join(run.repository, run.workflow), "utf8");
  const given = run.actions ?? {};
  const standIns = await standInsFor(text, Object.keys(given), folder, log);
  const event = join(folder, "event.json");
  await writeFile(event, JSON.stringify(run.payload));
  const pairs = (option: string, values: Readonly<Record<string, string>>) =>
    Object.entries(values).flatMap(([name, value]) => [option, `${name}=${value}`]);
  const args = [
    run.event,
    ...["--workflows", run.workflow, "--eventpath", event, "--platform", "ubuntu-24.04=-self-hosted"],
    ...(run.job === undefined ? [] : ["--job", run.job]),
    ...pairs("--local-repository", { ...given, ...standIns }),
    ...pairs("--env", { ...(await npmCache()), ...run.env }),
    ...pairs("--secret", run.secrets ?? {}),
    ...["--no-cache-server", "--action-offline-mode"],
  ];
  const home = join(folder, "home");
  await mkdir(home);
  const env = { HOME: home, XDG_CACHE_HOME: join(home, ".cache") };
  const outcome = await runProgram(join(run.tools, "act"), args, { cwd: run.repository, env });
  const lines = await readFile(log, "utf8").catch(() => "");
  return { ...outcome, calls: lines.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line)])) };
}

/** That of this user, so that what a script installs is fetched once. */
async function npmCache(): Promise<Readonly<Record<string, string>>> {
  const { stdout } = await runProgram("npm", ["config", "get", "cache"]);
  return { npm_config_cache: stdout.trim(), npm_config_prefer_offline: "true" };
}

interface Step {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

/** actions/checkout is not among them: act itself puts the repository in place. */
async function standInsFor(
  workflow: string,
  given: readonly string[],
  folder: string,
  log: string,
): Promise<Readonly<Record<string, string>>> {
  const { jobs } = parse(workflow) as { jobs: Readonly<Record<string, { readonly steps?: readonly Step[] }>> };
  const steps = Object.values(jobs).flatMap((job) => job.steps ?? []);
  const inputs = new Map<string, Set<string>>();
  for (const { uses = "./", with: values = {} } of steps) {
    if (uses.startsWith("./") || uses.startsWith("actions/checkout@")) continue;
    const known = inputs.get(uses) ?? new Set<string>();
    for (const name of Object.keys(values)) known.add(name);
    inputs.set(uses, known);
  }
  const standIns: Record<string, string> = {};
  for (const [uses, names] of inputs) {
    const [path = "", version = ""] = uses.split("@");
    const [owner, name, ...inner] = path.split("/");
    const repository = `${owner}/${name}@${version}`;
    if (given.includes(repository)) continue;
    const directory = join(folder, "actions", `${owner}-${name}-${version}`);
    standIns[repository] = directory;
    await mkdir(join(directory, ...inner), { recursive: true });
    await writeFile(join(directory, ...inner, "action.yml"), standIn(path, [...names], log));
  }
  return standIns;
}

function standIn(action: string, inputs: readonly string[], log: string): string {
  const script = `node -e 'fs.appendFileSync(process.argv[1], process.env.CALL + "\\n")' "${log}"`;
  const values = inputs.map((name) => `"${name}": \${{ toJSON(inputs['${name}']) }}`).join(", ");
  return JSON.stringify({
    name: action,
    description: "Writes down what it was given",
    inputs: Object.fromEntries(inputs.map((name) => [name, { description: name }])),
    runs: {
      using: "composite",
      steps: [{ shell: "bash", env: { CALL: `{"action": "${action}", "inputs": {${values}}}` }, run: script }],
    },
  });
}
