import { type Command, Option } from "commander";
import { rbacErrors } from "#errors";
import { type Format, formats, print } from "../output/index.ts";
import type { ReportOptions } from "../report/build.ts";
import type { Report } from "../report/model.ts";
import { exitCodes } from "../report/verdict.ts";
import { readWaivers } from "../report/waivers.ts";
import { type Severity, severities } from "../risk/severity.ts";
import { parseText } from "../source/parse-text.ts";
import { readBoundedFile } from "../source/read-file.ts";
import type { RbacIo } from "./io.ts";

/** Options of all commands that print a report. */
export interface ReportFlags {
  readonly output: Format;
  readonly outputFile?: string;
  readonly failOn?: Severity;
  readonly baseline?: string;
  readonly waivers?: string;
  readonly marker?: string;
}

export function addReportOptions(command: Command): Command {
  return command
    .addOption(new Option("-o, --output <format>", "how to print it").choices(formats).default("table"))
    .option("--output-file <file>", "write to this file instead of standard output")
    .addOption(new Option("--fail-on <severity>", "exit with 3 from this severity on").choices(severities))
    .option("--baseline <file>", "JSON report of an earlier run, whose findings do not count")
    .option("--waivers <file>", "YAML list of findings that somebody answers for until a date")
    .option("--marker <name>", "name in the hidden marker of Markdown, by which a comment is found again")
    .addHelpText("after", "\nExit codes: 0 nothing, 1 error, 2 changes or findings, 3 at or over --fail-on");
}

/** @throws EDGE_RBAC_WAIVERS_INVALID, EDGE_RBAC_BASELINE_INVALID and errors of files */
export async function reportOptions(flags: ReportFlags, io: RbacIo): Promise<ReportOptions> {
  const { failOn, waivers, baseline } = flags;
  return {
    ...(failOn === undefined ? {} : { failOn }),
    ...(waivers === undefined ? {} : { waivers: readWaivers(await readBoundedFile(waivers, 1), waivers, io.today) }),
    ...(baseline === undefined ? {} : { baseline: await readBaseline(baseline) }),
  };
}

export async function publish(report: Report, flags: ReportFlags, io: RbacIo): Promise<void> {
  const colour = io.colour && flags.outputFile === undefined;
  const text = print(report, flags.output, { colour, ...(flags.marker === undefined ? {} : { marker: flags.marker }) });
  if (flags.outputFile === undefined) io.print(text);
  else await io.writeFile(flags.outputFile, text);
  io.setExitCode(exitCodes[report.verdict.outcome] ?? 1);
}

async function readBaseline(file: string): Promise<ReadonlySet<string>> {
  const { Value } = await import("typebox/value");
  const { ReportSchema } = await import("../report/model.ts");
  const [document] = parseText(await readBoundedFile(file), file);
  const content = document?.content;
  if (!Value.Check(ReportSchema, content)) {
    const [error] = Value.Errors(ReportSchema, content);
    const problem = `${error?.instancePath || "the file"} ${error?.message ?? "has a wrong shape"}`;
    throw rbacErrors.EDGE_RBAC_BASELINE_INVALID({ file, problem });
  }
  return new Set(content.findings.flatMap(({ instances }) => instances.map(({ fingerprint }) => fingerprint)));
}
