import { type CommandContext, cleanJson, type ExitCode } from "../../terminal/index.ts";
import { openSource } from "../source/open.ts";
import { writeSnapshot } from "../source/snapshot.ts";
import { type SourceFlags, sourceOptions } from "./source-options.ts";
import { writeOutput } from "./write-output.ts";

export interface SnapshotFlags extends SourceFlags {
  readonly outputFile?: string;
}

/** `edgectl rbac snapshot` */
export async function snapshotCommand(name: string, flags: SnapshotFlags, context: CommandContext): Promise<ExitCode> {
  const text = cleanJson(writeSnapshot(await openSource(name, sourceOptions(flags, context))));
  if (flags.outputFile === undefined) await context.output.write(text);
  else await writeOutput(flags.outputFile, text);
  return 0;
}
