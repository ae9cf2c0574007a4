import { join } from "node:path";
import { LocalWorkspace, Stack } from "@pulumi/pulumi/automation/index.js";
import { EdgeError } from "#base";
import { cancelCommand, openPulumiSession, pulumiRunner } from "../../../deploy/index.ts";
import { rolloutErrors } from "../../errors.ts";
import type { ClusterTarget } from "../../model/index.ts";
import { createPulumiCommand } from "./pulumi-command.ts";
import { explained } from "./stack-lock.ts";

export interface StackRequest {
  readonly stack: string;
  readonly target: ClusterTarget;
  /** The project at the revision that is to be deployed. */
  readonly directory: string;
  /** The project whose backend and passphrase are used. */
  readonly projectDirectory: string;
  readonly env: NodeJS.ProcessEnv;
}

/** A stack of Pulumi, and the file with its configuration. */
export interface OpenStack {
  readonly stack: Stack;
  readonly configFile: string;
  /** The command that releases its lock. */
  readonly cancel: string;
}

/**
 * The stack in the user's backend, made where it is not there; its configuration names the target.
 *
 * @throws EDGE_ROLLOUT_PULUMI
 */
export async function openStack(request: StackRequest): Promise<OpenStack> {
  const { stack, directory } = request;
  const session = await openSession(request);
  const envVars = Object.entries(session.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  try {
    const workspace = await LocalWorkspace.create({
      workDir: directory,
      envVars: Object.fromEntries(envVars),
      pulumiCommand: await createPulumiCommand(),
    });
    const cancel = cancelCommand(["--stack", stack, "--cwd", request.projectDirectory], session.env);
    return { stack: await Stack.select(stack, workspace), configFile: session.configFile, cancel };
  } catch (error) {
    throw explained(error, stack, "open");
  }
}

async function openSession({ stack, directory, projectDirectory, target, env }: StackRequest) {
  const told: string[] = [];
  try {
    return await openPulumiSession({
      projectDirectory: directory,
      stack,
      target: { kind: "named", ...target },
      env,
      run: pulumiRunner((line) => void told.push(line)),
      stateDirectory: join(projectDirectory, ".edge", "pulumi"),
    });
  } catch (error) {
    if (!(error instanceof EdgeError) || told.length === 0) throw error;
    throw rolloutErrors.EDGE_ROLLOUT_PULUMI({ stack, verb: "open", problem: told.join("; ") }, { cause: error });
  }
}
