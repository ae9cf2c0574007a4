import { Command } from "commander";
import { rbacErrors } from "#errors";
import { buildDiff } from "../report/build.ts";
import { openSource } from "../source/open.ts";
import { readPreview } from "../source/preview.ts";
import type { Source } from "../source/source.ts";
import type { RbacIo } from "./io.ts";
import { addReportOptions, publish, type ReportFlags, reportOptions } from "./report-options.ts";

interface DiffFlags extends ReportFlags {
  readonly base?: string;
  readonly head?: string;
  readonly stack?: string;
  readonly preview?: string;
}

/** `edgectl rbac diff`: who gains and who loses which permission. */
export function diffCommand(io: RbacIo): Command {
  const command = new Command("diff")
    .description("who gains and who loses which permission between two sources")
    .option("--base <source>", "what is there now: a source, or with --stack a git revision")
    .option("--head <source>", "what shall be: a source, or with --stack a git revision (default: the working tree)")
    .option("--stack <name>", "compare two revisions of this stack of the project")
    .option("--preview <file>", "compare both sides of 'pulumi preview --json --show-sames'; - reads standard input")
    .addHelpText("after", sourcesHelp);
  return addReportOptions(command).action(async (flags: DiffFlags) => {
    const { base, head } = await openSides(flags, io);
    await publish(buildDiff(base, head, await reportOptions(flags, io)), flags, io);
  });
}

export const sourcesHelp = `
Sources: manifests:PATH (or just the path), preview:FILE, stack:NAME, stack:NAME@REVISION, context:NAME,
snapshot:FILE, empty:`;

/** @throws EDGE_RBAC_OPTION_INVALID when the options do not name two sides */
async function openSides(flags: DiffFlags, io: RbacIo): Promise<{ base: Source; head: Source }> {
  const { base, head, stack, preview } = flags;
  if (preview !== undefined) {
    if (base !== undefined || head !== undefined || stack !== undefined)
      throw invalid("--preview", "a preview has both sides already", "Leave --base, --head and --stack out.");
    return readPreview(preview);
  }
  if (base === undefined) throw invalid("--base", "is missing", "Name the source to compare with; see --help.");
  const named = (source: string) =>
    stack === undefined || /^[a-z]+:/.test(source) ? source : `stack:${stack}@${source}`;
  const headName = head === undefined ? stack && `stack:${stack}` : named(head);
  if (headName === undefined) throw invalid("--head", "is missing", "Name the source that shall be, or a --stack.");
  return { base: await openSource(named(base), io), head: await openSource(headName, io) };
}

const invalid = (option: string, problem: string, expected: string) =>
  rbacErrors.EDGE_RBAC_OPTION_INVALID({ option, problem, expected });
