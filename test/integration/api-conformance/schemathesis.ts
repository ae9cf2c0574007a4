import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Route, RouteTable } from "../../../runtime/iotedged/api/route.ts";
import { debianPython, pypiPackages, testBuildContext } from "../../support/python/python.ts";

/** A run over the operations of one API that one module may call. */
export interface Run {
  /** The API's description, as iotedged serves it. */
  readonly description: string;
  readonly port: number;
  readonly routes: RouteTable;
  /** Whether the run's module may call the route. */
  readonly mayCall: (route: Route) => boolean;
  readonly token: string;
  /** PEM of the CA of iotedged's certificate. */
  readonly ca: string;
  /** Values of each parameter of the paths, which are given in turn. */
  readonly pathValues: Readonly<Record<string, readonly string[]>>;
  /** A body that decrypts. */
  readonly ciphertext: object;
}

export interface Outcome {
  readonly complete: boolean;
  /** What the checks found, in words. */
  readonly failures: readonly string[];
  readonly generated: number;
  /** Statuses that each operation was answered with. */
  readonly statuses: ReadonlyMap<string, ReadonlySet<number>>;
  /** All that it wrote. */
  readonly output: string;
}

interface Report {
  readonly complete: boolean;
  readonly test_cases: { readonly generated: number };
  readonly failures: readonly unknown[];
}

const command = "from schemathesis.cli import schemathesis; schemathesis()";
/** Cases that are drawn for an operation and kind of data, besides those that cover its schema systematically. */
const examples = 6;

/** Installs schemathesis into the cache, and answers what runs it. */
export async function installSchemathesis(): Promise<(run: Run) => Promise<Outcome>> {
  const context = testBuildContext();
  const python = await debianPython(context);
  const packages = await pypiPackages(context, python, join(import.meta.dirname, "requirements.txt"));
  return async (run) => {
    const directory = await mkdtemp(join(tmpdir(), "schemathesis-"));
    const file = (name: string) => join(directory, name);
    await writeFile(file("ca.pem"), run.ca);
    await writeFile(file("schemathesis.toml"), settingsOf(run, file("ca.pem")));
    const report = ["--report", "json", "--report-json-path", file("report.json")];
    const where = ["--url", `https://iotedged:${run.port}`, "--no-color", ...report];
    const args = ["-c", command, "--config-file", file("schemathesis.toml"), "run", run.description, ...where];
    const env = { ...process.env, ...python.environment, PYTHONPATH: packages };
    const own = {
      MODULE_TOKEN: run.token,
      PATH_VALUES: JSON.stringify(run.pathValues),
      CIPHERTEXT: JSON.stringify(run.ciphertext),
      STATUSES_FILE: file("statuses"),
    };
    const output = await execute(python.program, args, { cwd: directory, env: { ...env, ...own } });
    const text = await readFile(file("report.json"), "utf8").catch(() => undefined);
    if (text === undefined) throw new Error(`schemathesis made no report: ${output}`);
    const { complete, failures, test_cases } = JSON.parse(text) as Report;
    const statuses = readStatuses(await readFile(file("statuses"), "utf8"));
    await rm(directory, { recursive: true });
    const { generated } = test_cases;
    return { complete, failures: failures.map((one) => JSON.stringify(one)), generated, statuses, output };
  };
}

function execute(program: string, args: string[], options: { cwd: string; env: NodeJS.ProcessEnv }): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  // Its exit code tells of failures, too, which the report has.
  execFile(program, args, { ...options, maxBuffer: 2 ** 26 }, (_error, stdout, stderr) => resolve(stdout + stderr));
  return promise;
}

function readStatuses(text: string): Map<string, Set<number>> {
  const statuses = new Map<string, Set<number>>();
  for (const line of text.split("\n").filter(Boolean)) {
    const [operation = "", status] = line.split(" ");
    statuses.set(operation, (statuses.get(operation) ?? new Set()).add(Number(status)));
  }
  return statuses;
}

/** All checks for all operations; what differs for some of them says why. */
function settingsOf({ routes, mayCall }: Run, ca: string): string {
  const all = Object.entries<Route>(routes);
  const named = (wanted: (route: Route) => boolean) => all.flatMap(([name, route]) => (wanted(route) ? [name] : []));
  const refused = named(({ status }) => status === 405);
  const toml = (value: unknown) => JSON.stringify(value);
  const operations = (names: readonly string[], lines: readonly string[]) =>
    names.length === 0 ? [] : ["[[operations]]", `include-operation-id = ${toml(names)}`, ...lines];
  return [
    `hooks = ${toml(join(import.meta.dirname, "hooks.py"))}`,
    `tls-verify = ${toml(ca)}`,
    "continue-on-failure = true",
    "seed = 1",
    "cache.enabled = false",
    `auth.openapi.moduleToken.bearer = "\${MODULE_TOKEN}"`,
    `generation = { deterministic = true, database = "none", max-examples = ${examples} }`,
    "phases.stateful.enabled = false",
    "checks.enabled = true",
    ...operations(
      named((route) => !mayCall(route)),
      ["enabled = false"],
    ),
    // Always refused, whatever the request: the description says so, and `Allow` does not name them.
    ...operations(refused, ["checks.positive_data_acceptance.expected-statuses = [405]"]),
    ...operations(
      named(({ path }) => all.some(([name, other]) => refused.includes(name) && other.path === path)),
      ["checks.allow_header_conformance.enabled = false"],
    ),
    // Each takes as long as all others together.
    ...operations(
      named(({ path }) => path.endsWith("/supportbundle")),
      ["phases.coverage.enabled = false"],
    ),
    "",
  ].join("\n");
}
