import { randomBytes } from "node:crypto";
import { access, constants, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { EdgeError, parseJson, writeAtomically } from "#base";
import { deployErrors } from "./errors.ts";
import { ownBackend } from "./pulumi-backend.ts";
import { isAbandoned } from "./pulumi-lock.ts";
import type { Target } from "./target.ts";

/** Runs a program and returns what it printed on stdout; throws with its exit code unless it is 0. */
export type RunPulumi = (args: readonly string[], env: NodeJS.ProcessEnv) => Promise<string>;

export interface PulumiStack {
  readonly projectDirectory: string;
  readonly stack: string;
  readonly target: Target;
  readonly env: NodeJS.ProcessEnv;
  readonly run: RunPulumi;
  /**
   * Where the state, its passphrase and the copies of configurations are kept.
   * @default `.edge/pulumi` in the project's directory
   */
  readonly stateDirectory?: string | undefined;
}

/** Whether the Pulumi CLI is on the PATH. */
export async function hasPulumi(env: NodeJS.ProcessEnv): Promise<boolean> {
  const directories = (env.PATH ?? "").split(delimiter).filter((directory) => directory !== "");
  for (const directory of directories) {
    const isThere = await access(join(directory, "pulumi"), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return true;
  }
  return false;
}

/** `pulumi up` against the target, with state in a local file unless the user has a backend. */
export async function pulumiUp(options: PulumiStack): Promise<void> {
  const session = await openPulumiSession(options);
  await runReleased(options, session, ["up", "--yes", "--skip-preview"]);
}

/**
 * `pulumi destroy` of the stack. A stack that Pulumi does not know counts as destroyed.
 *
 * The preview finds what is protected before anything is deleted. Without it, Pulumi forgets all that is deleted with a
 * protected namespace, which then stays with everything in it.
 */
export async function pulumiDestroy(options: PulumiStack): Promise<void> {
  const session = await openPulumiSession(options);
  await runReleased(options, session, ["destroy", "--yes"]);
}

/** Runs Pulumi on the stack; where a process that has ended has left the lock, releases it and runs Pulumi again. */
async function runReleased({ run }: PulumiStack, session: PulumiSession, command: readonly string[]): Promise<void> {
  const work = () => run([...command, ...session.args, "--config-file", session.configFile], session.env);
  try {
    await work();
  } catch (error) {
    if (!(error instanceof EdgeError) || !isAbandoned(String(error.cause))) throw error;
    await run(["cancel", "--yes", ...session.args], session.env);
    await work();
  }
}

/** What Pulumi is started with for a stack and its target. */
export interface PulumiSession {
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** The stack's configuration, with the target in it. */
  readonly configFile: string;
}

/**
 * Prepares backend, stack and configuration. The stack's own file is not touched: Pulumi gets a copy of it that names
 * the target, and it is the copy that gets the salt of the secrets.
 */
export async function openPulumiSession(options: PulumiStack): Promise<PulumiSession> {
  const { projectDirectory, stack } = options;
  const directory = options.stateDirectory ?? join(projectDirectory, ".edge", "pulumi");
  const scratch = join(directory, "project");
  await mkdir(join(directory, "state"), { recursive: true, mode: 0o700 });
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  const project = await readYaml(join(projectDirectory, "Pulumi.yaml"));
  const env = await pulumiEnvironment(options, project, directory);
  // Operations on several stacks write this file at the same time, and none may read half of it.
  const { stringify } = await import("yaml");
  const scratchProject = stringify({ name: project.name, runtime: "nodejs", backend: project.backend });
  await writeAtomically(join(scratch, "Pulumi.yaml"), scratchProject, { mode: 0o600 });
  const known = await options.run(["stack", "ls", "--json", "--cwd", scratch], env);
  if (!listsStack(known, stack)) await options.run(["stack", "init", stack, "--no-select", "--cwd", scratch], env);
  const configFile = join(directory, `Pulumi.${stack}.yaml`);
  const isOwnState = env.PULUMI_BACKEND_URL === stateUrl(directory);
  await writeAtomically(configFile, await configFor(options, scratch, isOwnState), { mode: 0o600 });
  return {
    env,
    configFile,
    args: ["--stack", stack, "--cwd", projectDirectory, "--non-interactive"],
  };
}

/** Backend for users who have none of their own. */
function stateUrl(directory: string): string {
  return `file://${join(directory, "state")}`;
}

/** What Pulumi is started with. For a state of edgectl's own a passphrase is made once, where the user has set none. */
async function pulumiEnvironment(
  { stack, env, target }: PulumiStack,
  project: Record<string, unknown>,
  directory: string,
): Promise<NodeJS.ProcessEnv> {
  const own: NodeJS.ProcessEnv = { PULUMI_SKIP_UPDATE_CHECK: "true" };
  if (target.kubeconfig !== undefined) own.KUBECONFIG = target.kubeconfig;
  const backend = await ownBackend({ project, stack, target, env, directory: join(directory, "state") });
  if (backend === undefined) return { ...env, ...own };
  own.PULUMI_BACKEND_URL = backend;
  if (env.PULUMI_CONFIG_PASSPHRASE === undefined && env.PULUMI_CONFIG_PASSPHRASE_FILE === undefined) {
    own.PULUMI_CONFIG_PASSPHRASE_FILE = await ensurePassphrase(join(directory, "passphrase"));
  }
  return { ...env, ...own };
}

async function ensurePassphrase(file: string): Promise<string> {
  const unusable = (problem: string) => deployErrors.EDGE_CLI_PASSPHRASE({ file, problem });
  try {
    await writeFile(file, randomBytes(32).toString("base64url"), { mode: 0o600, flag: "wx" });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EEXIST") throw unusable(code ?? "unknown failure");
    const { mode } = await stat(file);
    if ((mode & 0o077) !== 0) throw unusable("others can read it");
  }
  return file;
}

/**
 * The stack's configuration with the target's context, and the salt that fits the state: where edgectl keeps the state,
 * a salt in the stack's own file belongs to another one.
 */
async function configFor(
  { projectDirectory, stack, target }: PulumiStack,
  scratch: string,
  isOwnState: boolean,
): Promise<string> {
  const project = await readYaml(join(projectDirectory, "Pulumi.yaml"));
  const stackDirectory = typeof project.stackConfigDir === "string" ? project.stackConfigDir : ".";
  const written = await readYaml(join(projectDirectory, stackDirectory, `Pulumi.${stack}.yaml`));
  const made = await readYaml(join(scratch, `Pulumi.${stack}.yaml`)).catch(() => ({}));
  const key = `${String(project.name)}:kubernetes`;
  const { config = {}, ...rest } = written as { config?: Record<string, object> };
  const { kubeconfig, context } = target;
  // The stack's own kubeconfig is left out: edgectl found the context in another one, and it may be encrypted.
  const { kubeconfig: _, ...settings } = (config[key] ?? {}) as { kubeconfig?: unknown };
  const cluster = { ...settings, context, ...(kubeconfig === undefined ? {} : { kubeconfig }) };
  const secrets = isOwnState ? { ...rest, ...made } : { ...made, ...rest };
  const { stringify } = await import("yaml");
  return stringify({ ...secrets, config: { ...config, [key]: cluster } });
}

async function readYaml(file: string): Promise<Record<string, unknown>> {
  const { parse } = await import("yaml");
  return (parse(await readFile(file, "utf8")) ?? {}) as Record<string, unknown>;
}

function listsStack(text: string, stack: string): boolean {
  const stacks = parseJson(text);
  return Array.isArray(stacks) && stacks.some((item: { name?: unknown }) => item.name === stack);
}
