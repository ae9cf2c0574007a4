import { EdgeError } from "#base";
import { cleanJson, cleanText } from "./clean-text.ts";
import { asCalled } from "./command-line.ts";
import { exitCodes } from "./exit-codes.ts";

export interface ErrorReport {
  readonly text: string;
  readonly exitCode: number;
}

export interface ReportOptions {
  /** The error as JSON. */
  readonly json: boolean;
  /** With stack traces. */
  readonly debug: boolean;
}

/**
 * What the user is told about a failure, and the code that the process ends with. Messages quote what others wrote, so that
 * terminals and logs must not act on them.
 */
export function reportError(error: unknown, options: ReportOptions): ErrorReport {
  if (isAbort(error)) return { text: options.json ? "" : "aborted\n", exitCode: exitCodes.interrupted };
  const isUsage = error instanceof EdgeError && error.code === "EDGE_CLI_USAGE";
  const exitCode = isUsage ? exitCodes.usage : exitCodes.error;
  const failure = failureOf(error);
  const [code, message, remedy] = [failure.code, asCalled(failure.message), asCalled(failure.remedy)];
  const trace = options.debug && error instanceof Error ? error : undefined;
  if (options.json) {
    const stack = trace === undefined ? {} : { stack: trace.stack };
    const findings = error instanceof Error && "findings" in error ? { findings: error.findings } : {};
    const checks = error instanceof Error && "checks" in error ? { checks: error.checks } : {};
    return {
      text: `${cleanJson(JSON.stringify({ error: { code, message, remedy, ...findings, ...checks, ...stack } }))}\n`,
      exitCode,
    };
  }
  return { text: cleanText(`error ${code}: ${message}\n  fix: ${remedy}\n${traces(trace)}`), exitCode };
}

/** An error as data, for JSON. */
export function failureOf(error: unknown): Pick<EdgeError, "code" | "message" | "remedy"> {
  if (error instanceof EdgeError) return { code: error.code, message: error.message, remedy: error.remedy };
  const message = error instanceof Error ? error.message : String(error);
  return {
    code: "EDGE_INTERNAL",
    message: `unexpected failure: ${message}`,
    remedy: "this is a defect of edgectl; run the command again with EDGE_DEBUG=1 and report what it prints",
  };
}

function traces(error: Error | undefined): string {
  if (error === undefined) return "";
  const cause = error.cause instanceof Error ? `caused by ${error.cause.stack}\n` : "";
  return `${error.stack}\n${cause}`;
}

export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}
