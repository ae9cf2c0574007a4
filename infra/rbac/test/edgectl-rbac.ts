import { Command } from "commander";
import type { CommandContext } from "../../terminal/command-context.ts";
import { addRbac } from "../cli/program.ts";

/** How a command ended, what it printed, and what it told besides. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly notes: readonly string[];
}

/** Runs `edgectl rbac` in this process. */
export async function edgectlRbac(folder: string, ...args: string[]): Promise<Ended> {
  let out = "";
  let code = 0;
  const notes: string[] = [];
  const write = async (text: string) => {
    out += text;
  };
  const context = {
    projectDirectory: folder,
    env: {},
    output: { write, json: (value: unknown) => write(JSON.stringify(value)) },
    progress: { note: (line: string) => notes.push(line) },
  } as unknown as CommandContext;
  const program = new Command().exitOverride();
  addRbac(program.command("rbac"), async (command) => {
    code = await command(context);
  });
  await program.parseAsync(["rbac", ...args], { from: "user" });
  return { code, out, notes };
}
