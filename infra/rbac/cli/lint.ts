import type { CommandContext, ExitCode } from "../../terminal/index.ts";
import { buildLint } from "../report/build.ts";
import { openSource } from "../source/open.ts";
import { publish, type ReportFlags, reportOptions } from "./report-options.ts";
import { type SourceFlags, sourceOptions } from "./source-options.ts";

export type LintFlags = ReportFlags & SourceFlags;

/** `edgectl rbac lint` */
export async function lintCommand(name: string, flags: LintFlags, context: CommandContext): Promise<ExitCode> {
  const source = await openSource(name, sourceOptions(flags, context));
  return publish(buildLint(source, await reportOptions(flags)), flags, context);
}
