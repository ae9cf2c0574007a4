import { EdgeError } from "#base";
import type { CommandContext, ExitCode } from "../../terminal/index.ts";
import { rbacErrors } from "../errors.ts";
import { buildDiff } from "../report/build.ts";
import { openSource } from "../source/open.ts";
import { emptySource, type Source } from "../source/source.ts";
import { publish, type ReportFlags, reportOptions } from "./report-options.ts";
import { type SourceFlags, sourceOptions } from "./source-options.ts";

export interface DiffFlags extends ReportFlags, SourceFlags {
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
    return (await import("../source/preview.ts")).readPreview(preview);
  }
  if (base === undefined) throw invalid("--base", "is missing", "Name the source to compare with; see --help.");
  const headName = head === undefined ? stack && `stack:${stack}` : sourceName(head, stack);
  if (headName === undefined) throw invalid("--head", "is missing", "Name the source that shall be, or a --stack.");
  const baseName = sourceName(base, stack);
  if (isStandardInput(baseName) && isStandardInput(headName))
    throw invalid("--head", "is standard input, as the base is", "Pass one of them as a file.");
  const options = sourceOptions(flags, context);
  // Opened first: what the head lacks is an error, what only the base lacks is not.
  const after = await openSource(headName, options);
  const before = await openSource(baseName, options).catch((error: unknown) => {
    if (!baseName.includes("@") || !isNotYet(error)) throw error;
    return { ...emptySource, title: `${baseName.replace(":", " ").replace("@", " at ")}, where it is not yet` };
  });
  return { base: before, head: after };
}

const isStandardInput = (name: string) => name === "-" || name === "manifests:-";

/** What is new in the head cannot be in the base: all of it is then a change. */
const notYet = new Set(["EDGE_RENDER_STACK_MISSING", "EDGE_RBAC_PATH_NOT_IN_REVISION"]);
const isNotYet = (error: unknown) => error instanceof EdgeError && notYet.has(error.code);

/** With a stack a bare word is a revision of it. */
function sourceName(name: string, stack: string | undefined): string {
  return stack === undefined || /^[a-z]+:/.test(name) ? name : `stack:${stack}@${name}`;
}

const invalid = (option: string, problem: string, expected: string) =>
  rbacErrors.EDGE_RBAC_OPTION_INVALID({ option, problem, expected });
