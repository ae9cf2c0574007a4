import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import type { CommandContext, ExitCode } from "../../terminal/index.ts";

const program = join(import.meta.dirname, "../../index.ts");
const images = { iotedged: "r.invalid/a:1", edgeAgent: "r.invalid/b:1", proxy: "r.invalid/c:1" };

/** Somebody's machine with a clone of a project, and keys of their own. */
export interface Machine extends AsyncDisposable {
  readonly project: string;
  readonly env: NodeJS.ProcessEnv;
  readonly context: CommandContext;
  /** What was told on stderr. */
  readonly told: readonly string[];
  /** What was written on stdout as text. */
  readonly written: readonly string[];
  /** Runs a command that prints JSON. */
  json(command: (context: CommandContext) => Promise<ExitCode>): Promise<Printed>;
  /** What is committed comes here, as by `git pull`. */
  pull(from: Machine): Promise<void>;
}

export interface Printed {
  readonly code: ExitCode;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the command printed
  readonly value: any;
}

/** @param name of the project, which has the stacks `dev` and `prod` */
export async function newMachine(name = "plant"): Promise<Machine> {
  const directory = await mkdtemp(join(tmpdir(), "edge-machine-"));
  const project = join(directory, "project");
  await mkdir(join(project, "stacks"), { recursive: true });
  const main = { name, main: program, stackConfigDir: "stacks", runtime: "nodejs" };
  await writeFile(join(project, "Pulumi.yaml"), stringify(main));
  for (const stack of ["dev", "prod"]) {
    const config = { "iotedge:images": images, "iotedge:installations": [{ namespace: `line-${stack}` }] };
    await writeFile(join(project, `stacks/Pulumi.${stack}.yaml`), stringify({ config }));
  }
  const env = { XDG_CONFIG_HOME: join(directory, "config") };
  const told: string[] = [];
  const written: string[] = [];
  let printed: unknown;
  const context: CommandContext = {
    projectDirectory: project,
    env,
    output: {
      write: async (data) => void written.push(String(data)),
      json: async (value) => {
        printed = value;
      },
    },
    progress: {
      step: (_, action) => action(() => {}),
      note: (line) => void told.push(line),
    },
    signal: new AbortController().signal,
  };
  return {
    project,
    env,
    context,
    told,
    written,
    json: async (command) => ({ code: await command(context), value: printed }),
    pull: async (from) => {
      await rm(join(project, "state"), { recursive: true, force: true });
      await cp(join(from.project, "state"), join(project, "state"), { recursive: true });
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

/** The secret key that a machine has. */
export async function keyOf({ env }: Machine): Promise<string> {
  const text = await readFile(join(env.XDG_CONFIG_HOME ?? "", "edgectl/age-keys.txt"), "utf8");
  return text.split("\n").find((line) => line.startsWith("AGE-SECRET-KEY-")) ?? "";
}
