import { Command } from "commander";
import { openSource } from "../source/open.ts";
import { writeSnapshot } from "../source/snapshot.ts";
import { sourcesHelp } from "./diff.ts";
import type { RbacIo } from "./io.ts";

/** `edgectl rbac snapshot`: a source as a file, to be compared with later. */
export function snapshotCommand(io: RbacIo): Command {
  return new Command("snapshot")
    .description("save the RBAC objects of a source, to be compared with later")
    .argument("<source>", "what to save")
    .option("--output-file <file>", "write to this file instead of standard output")
    .addHelpText("after", sourcesHelp)
    .action(async (source: string, { outputFile }: { outputFile?: string }) => {
      const text = writeSnapshot(await openSource(source, io));
      if (outputFile === undefined) io.print(text);
      else await io.writeFile(outputFile, text);
    });
}
