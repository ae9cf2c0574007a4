import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
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
  /** Of the repository's settings, as `vars`. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly job?: string;
  /** Folder of programs that take the place of others on the PATH. */
  readonly programs?: string;
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
  const standIns = await standInsFor(text, run, folder, log);
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
    ...pairs("--var", run.variables ?? {}),
    ...["--no-cache-server", "--action-offline-mode"],
  ];
  const home = join(folder, "home");
  await mkdir(home);
  const path = [...(run.programs === undefined ? [] : [run.programs]), process.env.PATH].join(delimiter);
  const env = { HOME: home, XDG_CACHE_HOME: join(home, ".cache"), PATH: path };
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

/** actions/checkout is among them only for another revision: else act itself puts the repository in place. */
async function standInsFor(
  workflow: string,
  { actions = {}, repository: checkedOut }: WorkflowRun,
  folder: string,
  log: string,
): Promise<Readonly<Record<string, string>>> {
  const { jobs } = parse(workflow) as { jobs: Readonly<Record<string, { readonly steps?: readonly Step[] }>> };
  const steps = Object.values(jobs).flatMap((job) => job.steps ?? []);
  const inputs = new Map<string, Set<string>>();
  for (const { uses = "./", with: values = {} } of steps) {
    if (uses.startsWith("./") || (isCheckout(uses) && !("ref" in values))) continue;
    const known = inputs.get(uses) ?? new Set<string>();
    for (const name of Object.keys(values)) known.add(name);
    inputs.set(uses, known);
  }
  const standIns: Record<string, string> = {};
  for (const [uses, names] of inputs) {
    const [path = "", version = ""] = uses.split("@");
    const [owner, name, ...inner] = path.split("/");
    const repository = `${owner}/${name}@${version}`;
    if (repository in actions) continue;
    const directory = join(folder, "actions", `${owner}-${name}-${version}`);
    standIns[repository] = directory;
    await mkdir(join(directory, ...inner), { recursive: true });
    await writeFile(
      join(directory, ...inner, "action.yml"),
      isCheckout(uses) ? checkout(checkedOut) : standIn(path, [...names], log),
    );
  }
  return standIns;
}

const isCheckout = (uses: string) => uses.startsWith("actions/checkout@");

function checkout(repository: string): string {
  const script = `git clone --quiet "${repository}" "$RUNNER_TEMP/clone"
git -C "$RUNNER_TEMP/clone" checkout --quiet "$REF"
cp -a "$RUNNER_TEMP/clone/." .`;
  return JSON.stringify({
    name: "checkout",
    description: "Puts the test's repository in place",
    inputs: { ref: { description: "revision" } },
    runs: { using: "composite", steps: [{ shell: "bash", env: { REF: `\${{ inputs.ref }}` }, run: script }] },
  });
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
