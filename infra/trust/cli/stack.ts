import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { listStacks, renderErrors } from "../../render/index.ts";
import { readStackFile, type StackFile, writeStackFile } from "../stack-file.ts";

/** A stack whose file edgectl edits. */
export interface OpenStack {
  readonly path: string;
  readonly file: StackFile;
  /** The file as it is now. */
  reread(): Promise<StackFile>;
  write(text: string): Promise<void>;
}

/** @throws EDGE_RENDER_NO_PROJECT, EDGE_RENDER_STACK_MISSING, EDGE_TRUST_STACK_FILE */
export async function openStack(projectDirectory: string, stack: string): Promise<OpenStack> {
  const { name, stackConfigDir } = await readProject(projectDirectory);
  const stacks = await listStacks(projectDirectory);
  const known = { directory: join(projectDirectory, stackConfigDir), stacks: stacks.join(", ") || "(none yet)" };
  if (!stacks.includes(stack)) throw renderErrors.EDGE_RENDER_STACK_MISSING({ stack, ...known });
  const path = join(projectDirectory, stackConfigDir, `Pulumi.${stack}.yaml`);
  const reread = () => readStackFile(path, name);
  return { path, file: await reread(), reread, write: (text) => writeStackFile(path, text) };
}

async function readProject(directory: string): Promise<{ readonly name: string; readonly stackConfigDir: string }> {
  const failed = (problem: string) => renderErrors.EDGE_RENDER_NO_PROJECT({ directory, problem });
  const text = await readFile(join(directory, "Pulumi.yaml"), "utf8").catch(() => {
    throw failed("there is no Pulumi.yaml");
  });
  const { name, stackConfigDir = "." } = (parse(text) ?? {}) as { name?: unknown; stackConfigDir?: unknown };
  if (typeof name !== "string" || typeof stackConfigDir !== "string") throw failed("Pulumi.yaml has no `name`");
  return { name, stackConfigDir };
}
