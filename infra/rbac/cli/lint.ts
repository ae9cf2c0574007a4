import type { CommandContext, ExitCode } from "../../terminal/index.ts";
import { buildLint } from "../report/build.ts";
import { openSource } from "../source/open.ts";
import { publish, type ReportFlags, reportOptions } from "./report-options.ts";

/** `edgectl rbac lint` */
export async function lintCommand(name: string, flags: ReportFlags, context: CommandContext): Promise<ExitCode> {
  const source = await openSource(name, context);
  return publish(buildLint(source, await reportOptions(flags)), flags, context);
}
