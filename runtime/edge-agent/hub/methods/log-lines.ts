import type { JsonObject } from "#base";

/** A line of a log as IoT Edge's modules write it: `<6> 2026-01-01 12:00:00.000 +00:00 text`. */
export interface LogLine {
  /** 0 to 7, as syslog has it. */
  readonly level: number;
  readonly time: string | undefined;
  readonly text: string;
  /** As it was written. */
  readonly whole: string;
}

/** Of lines that name none. */
const usualLevel = 6;
const form = /^(?:<([0-7])>)?\s*(?:(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d\.\d{3}(?: [+-]\d\d:\d\d|Z)?)\s)?\s*(.*)$/s;

export function readLines(log: string): readonly LogLine[] {
  const lines = log.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines.map((whole) => {
    const [, level, time, text = whole] = form.exec(whole) ?? [];
    return { level: level === undefined ? usualLevel : Number(level), time, text, whole };
  });
}

/** Lines as IoT Edge's own EdgeAgent gives them as JSON. */
export function jsonOf(
  lines: readonly LogLine[],
  of: { readonly hub: string; readonly deviceId: string; readonly moduleId: string },
): readonly JsonObject[] {
  return lines.map(({ level, time, text }) => ({
    iothub: of.hub,
    device: of.deviceId,
    id: of.moduleId,
    stream: "stdout",
    loglevel: level,
    text,
    ...(time === undefined ? {} : { timestamp: time }),
  }));
}
