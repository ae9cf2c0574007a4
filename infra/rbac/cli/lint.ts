import { Command } from "commander";
import { buildLint } from "../report/build.ts";
import { openSource } from "../source/open.ts";
import { sourcesHelp } from "./diff.ts";
import type { RbacIo } from "./io.ts";
import { addReportOptions, publish, type ReportFlags, reportOptions } from "./report-options.ts";

/** `edgectl rbac lint`: what is risky about one source. */
export function lintCommand(io: RbacIo): Command {
  const command = new Command("lint")
    .description("what is risky about the permissions of one source")
    .argument("<source>", "what to judge")
    .addHelpText("after", sourcesHelp);
  return addReportOptions(command).action(async (source: string, flags: ReportFlags) => {
    const report = buildLint(await openSource(source, io), await reportOptions(flags, io));
    await publish(report, flags, io);
  });
}
