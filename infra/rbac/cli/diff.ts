import { rbacErrors } from "#errors";
import type { CommandContext, ExitCode } from "../../cli/command-context.ts";
import { buildDiff } from "../report/build.ts";
import { openSource } from "../source/open.ts";
import { readPreview } from "../source/preview.ts";
import type { Source } from "../source/source.ts";
import { publish, type ReportFlags, reportOptions } from "./report-options.ts";

export interface DiffFlags extends ReportFlags {
  readonly base?: string;
  readonly head?: string;
  readonly stack?: string;
  readonly preview?: string;
}

/** `edgectl rbac diff` */
export async function diffCommand(flags: DiffFlags, context: CommandContext): Promise<ExitCode> {
  const { base, head } = await openSides(flags, context);
  return publish(buildDiff(base, head, await reportOptions(flags)), flags, context);
}

/** @throws EDGE_RBAC_OPTION_INVALID when the options do not name two sides */
async function openSides(flags: DiffFlags, context: CommandContext): Promise<{ base: Source; head: Source }> {
  const { base, head, stack, preview } = flags;
  if (preview !== undefined) {
    if (base !== undefined || head !== undefined || stack !== undefined)
      throw invalid("--preview", "a preview has both sides already", "Leave --base, --head and --stack out.");
    return readPreview(preview);
  }
  if (base === undefined) throw invalid("--base", "is missing", "Name the source to compare with; see --help.");
  const headName = head === undefined ? stack && `stack:${stack}` : sourceName(head, stack);
  if (headName === undefined) throw invalid("--head", "is missing", "Name the source that shall be, or a --stack.");
  return { base: await openSource(sourceName(base, stack), context), head: await openSource(headName, context) };
}

/** With a stack a bare word is a revision of it. */
function sourceName(name: string, stack: string | undefined): string {
  return stack === undefined || /^[a-z]+:/.test(name) ? name : `stack:${stack}@${name}`;
}

const invalid = (option: string, problem: string, expected: string) =>
  rbacErrors.EDGE_RBAC_OPTION_INVALID({ option, problem, expected });
