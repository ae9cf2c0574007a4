import type { Report } from "../report/model.ts";
import type { Format } from "./formats.ts";
import { toHtml, toSvg } from "./graph.ts";
import { toMarkdown } from "./markdown.ts";
import { toSarif } from "./sarif.ts";
import { colours, noColours, toTerminal } from "./terminal.ts";

export interface OutputOptions {
  /** @default false */
  readonly colour?: boolean;
  /** Name in the marker of Markdown. */
  readonly marker?: string;
}

/** Prints a report. The same report gives the same text every time. */
export function print(report: Report, format: Format, { colour = false, marker }: OutputOptions = {}): string {
  if (format === "table") return toTerminal(report, colour ? colours : noColours);
  if (format === "markdown") return toMarkdown(report, marker === undefined ? {} : { marker });
  if (format === "json") return json(report);
  if (format === "sarif") return json(toSarif(report));
  return format === "html" ? toHtml(report) : toSvg(report);
}

const json = (value: object) => `${JSON.stringify(value, null, 2)}\n`;
