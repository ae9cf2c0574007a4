import { type DestinationStream, type Logger, pino } from "pino";
import { EdgeError } from "#base";
import { createScrubber } from "#contract";

export type { Logger } from "pino";

/** Keys that are left out of every log line, in case an object with a secret is logged by mistake. */
const secretKeys = ["authorization", "token", "privateKey", "data", "key"];

/**
 * JSON log on stdout: `level` by name, ISO time, and for errors their code, message and remedy.
 *
 * @param options.component `iotedged` or `edge-agent`
 * @param options.destination for tests
 */
export function createLogger(options: {
  readonly component: string;
  readonly level: string;
  readonly destination?: DestinationStream;
}): Logger {
  const settings = {
    level: options.level,
    base: { component: options.component },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    messageKey: "message",
    errorKey: "error",
    serializers: { error: describeError },
    redact: { paths: secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: "[redacted]" },
  };
  return options.destination === undefined ? pino(settings) : pino(settings, options.destination);
}

/** Messages of libraries quote what they were given: an address with a password, a header. */
const { text: scrub } = createScrubber();

/** What the log says of an error: enough to act on, and a stack only for what nobody expected. */
function describeError(error: unknown): Record<string, unknown> {
  if (error instanceof EdgeError) {
    return { code: error.code, message: scrub(error.message), remedy: error.remedy, ...causeOf(error) };
  }
  if (!(error instanceof Error)) return { message: scrub(String(error)) };
  const { message, stack = "" } = error;
  return { message: scrub(message), stack: scrub(stack), ...causeOf(error) };
}

function causeOf(error: Error): { cause?: string } {
  return error.cause instanceof Error ? { cause: scrub(error.cause.message) } : {};
}
