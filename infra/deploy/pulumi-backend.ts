import { access, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { isJsonObject, parseJson } from "#base";
import type { Target } from "./target.ts";

/** A stack whose backend is asked for. */
export interface BackendQuestion {
  /** Content of the project's Pulumi.yaml. */
  readonly project: Readonly<Record<string, unknown>>;
  readonly stack: string;
  readonly target: Target;
  readonly env: NodeJS.ProcessEnv;
  /** Directory of the state that edgectl keeps by itself. */
  readonly directory: string;
}

/**
 * The backend that edgectl brings along, as URL: for the local cluster, and for users who have none of their own. A stack
 * stays where it is.
 *
 * @returns undefined where the user's own backend is to be used
 */
export async function ownBackend({ project, stack, target, env, directory }: BackendQuestion) {
  if (isSet(env.PULUMI_BACKEND_URL)) return undefined;
  const known = join(directory, ".pulumi", "stacks", String(project.name), `${stack}.json`);
  const isOwn = target.kind === "local" || (await exists(known)) || !(await hasBackend(project, env));
  return isOwn ? `file://${directory}` : undefined;
}

/** Whether Pulumi.yaml names a backend, or the user has logged in to one. */
async function hasBackend(project: BackendQuestion["project"], env: NodeJS.ProcessEnv): Promise<boolean> {
  const { url } = (project.backend ?? {}) as { readonly url?: unknown };
  if (isSet(url) || isSet(env.PULUMI_ACCESS_TOKEN)) return true;
  const home = env.PULUMI_CREDENTIALS_PATH || env.PULUMI_HOME || join(env.HOME ?? homedir(), ".pulumi");
  const credentials = parseJson(await readFile(join(home, "credentials.json"), "utf8").catch(() => "{}"));
  // Pulumi can keep it encrypted. Who has credentials has logged in.
  return !isJsonObject(credentials) || isSet(credentials.current);
}

function isSet(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
