/**
 * What every command of edgectl has of the terminal: its context, tables, progress, errors and exit codes.
 *
 * @module
 */
export { movesCursor, showsColour, showsUnicode } from "./abilities.ts";
export { cleanJson, cleanLine } from "./clean-text.ts";
export { contextHelp, isCheckout } from "./cluster-option.ts";
export type { CommandContext, ExitCode, Run } from "./command-context.ts";
export { asCalled, type ClusterWords, commandLine, noCluster, repeatOptions, scriptLine } from "./command-line.ts";
export { terminalErrors } from "./errors.ts";
export { exitCodes } from "./exit-codes.ts";
export { createInterrupter, pulumiRuns } from "./interrupter.ts";
export { secondsOf, timeoutOf } from "./option-values.ts";
export { createOutput } from "./output.ts";
export { createProgress, type Progress, type ProgressStream } from "./progress.ts";
export { failureOf, isAbort, reportError } from "./report-error.ts";
export { formatTable } from "./table.ts";
export { usageError } from "./usage-error.ts";
export { wrapParagraphs } from "./wrap-paragraphs.ts";
