import { Argument, type Command } from "commander";
import type { Run } from "../../terminal/index.ts";
import type { Shell } from "./shells.ts";

/** As in `shells`, which help does not load: the compiler keeps the two lists the same. */
const names = Object.keys({ bash: true, zsh: true, fish: true } satisfies Record<Shell, true>);

/** Adds `edgectl completion`, and what its scripts call. */
export function addCompletion(program: Command, run: Run, load: (words: readonly string[]) => Promise<Command>): void {
  program
    .command("completion")
    .description("print what lets a shell complete command lines of edgectl")
    .addArgument(new Argument("<shell>", "whose").choices(names))
    .addHelpText("after", "\nExamples:\n  source <(edgectl completion bash)\n  edgectl completion fish | source\n")
    .action((shell: Shell) =>
      run(async ({ output }) => {
        const { shells } = await import("./shells.ts");
        await output.write(shells[shell]);
        return 0;
      }),
    );
  /** Shells pass words on as they are typed, quotes included. */
  const unquoted = (word: string) => word.replace(/\\(.)|['"]/g, "$1");
  program
    .command("__complete", { hidden: true })
    .argument("[words...]")
    .action((typed: readonly string[]) =>
      run(async ({ output, projectDirectory, env }) => {
        const { candidatesFor } = await import("./candidates.ts");
        const { createFinder } = await import("./find-values.ts");
        const words = typed.map(unquoted);
        const found = await candidatesFor(await load(words), words, createFinder(projectDirectory, env));
        await output.write(found.map(({ word, description }) => `${word}\t${description}\n`).join(""));
        return 0;
      }),
    );
}
