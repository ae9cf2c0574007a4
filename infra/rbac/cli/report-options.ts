import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type CommandContext, type ExitCode, showsColour } from "../../terminal/index.ts";
import type { BuiltinVersion } from "../builtin/versions.ts";
import { rbacErrors } from "../errors.ts";
import { type Format, formats } from "../output/formats.ts";
import { print } from "../output/print.ts";
import { type Baseline, baselineOf } from "../report/baseline.ts";
import type { ReportOptions } from "../report/build.ts";
import type { Report } from "../report/model.ts";
import { exitCodes } from "../report/verdict.ts";
import type { Severity } from "../risk/severity.ts";
import { readBoundedFile } from "../source/read-file.ts";
import { parseText } from "../source/text/parse-text.ts";
import { writeOutput } from "./write-output.ts";

/** Options of all commands that print a report. */
export interface ReportFlags {
  readonly output: Format;
  readonly outputFile?: string;
  /** More outputs of the same run, each as `format=file`. */
  readonly report?: readonly string[];
  readonly failOn?: Severity;
  readonly baseline?: string;
  readonly waivers?: string;
  readonly rules?: string;
  readonly marker?: string;
  readonly details?: string;
  readonly kubernetes?: BuiltinVersion;
}

const maxHandwrittenMegabytes = 1;

/**
 * @param now decides which waivers have expired
 * @throws EDGE_RBAC_WAIVERS_INVALID, EDGE_RBAC_RULES_INVALID, EDGE_RBAC_BASELINE_INVALID and errors of files
 */
export async function reportOptions(flags: ReportFlags, now: Date = new Date()): Promise<ReportOptions> {
  const { failOn, waivers, baseline, kubernetes, rules } = flags;
  return {
    ...(failOn === undefined ? {} : { failOn }),
    ...(kubernetes === undefined ? {} : { kubernetes }),
    ...(waivers === undefined ? {} : { waivers: await waiversIn(waivers, now) }),
    ...(rules === undefined ? {} : { rules: await rulesIn(rules) }),
    ...(baseline === undefined ? {} : { baseline: await readBaseline(baseline) }),
  };
}

// What checks these files takes longer to load than a file of manifests to be judged.
async function waiversIn(file: string, now: Date) {
  const { readWaivers } = await import("../report/read-waivers.ts");
  return readWaivers(await readBoundedFile(file, maxHandwrittenMegabytes), file, now.toISOString().slice(0, 10));
}

async function rulesIn(file: string) {
  const { readRulesFile } = await import("../rules-file/read-rules-file.ts");
  return readRulesFile(await readBoundedFile(file, maxHandwrittenMegabytes), file);
}

/**
 * Prints the report where the flags say, and answers the code to end with.
 *
 * @throws EDGE_RBAC_OPTION_INVALID for a `--report` that is no format and file, EDGE_CLI_OUTPUT
 */
export async function publish(report: Report, flags: ReportFlags, { output, env }: CommandContext): Promise<ExitCode> {
  const { marker, details } = flags;
  const options = {
    root: await repositoryRoot(),
    ...(marker === undefined ? {} : { marker }),
    ...(details === undefined ? {} : { details }),
  };
  const files = (flags.report ?? []).map(parseReport);
  for (const { format, file } of files) await writeOutput(file, print(report, format, options));
  const colour = flags.outputFile === undefined && showsColour(process.stdout, env);
  const text = print(report, flags.output, { colour, ...options });
  if (flags.outputFile === undefined) await output.write(text);
  else await writeOutput(flags.outputFile, text);
  return exitCodes[report.verdict.outcome] ?? 1;
}

/** The nearest folder from here up that git has made a repository, or else this folder. */
async function repositoryRoot(): Promise<string> {
  const here = process.cwd();
  for (let folder = here; ; folder = dirname(folder)) {
    if ((await stat(join(folder, ".git")).catch(() => undefined)) !== undefined) return folder;
    if (folder === dirname(folder)) return here;
  }
}

function parseReport(value: string): { readonly format: Format; readonly file: string } {
  const at = value.indexOf("=");
  const format = formats.find((one) => one === value.slice(0, at));
  const file = value.slice(at + 1);
  if (format !== undefined && at > 0 && file !== "") return { format, file };
  const expected = `Write FORMAT=FILE, with a format of ${formats.join(", ")}.`;
  throw rbacErrors.EDGE_RBAC_OPTION_INVALID({
    option: `--report ${value}`,
    problem: "names no format and file",
    expected,
  });
}

async function readBaseline(file: string): Promise<Baseline> {
  const { Check, Errors } = await import("typebox/schema");
  const { ReportSchema } = await import("../report/model.ts");
  const [document] = parseText(await readBoundedFile(file), file);
  const content = document?.content;
  if (!Check(ReportSchema, content)) {
    const [, [error]] = Errors(ReportSchema, content);
    const problem = `${error?.instancePath || "the file"} ${error?.message ?? "has a wrong shape"}`;
    throw rbacErrors.EDGE_RBAC_BASELINE_INVALID({ file, problem });
  }
  return baselineOf(content);
}
