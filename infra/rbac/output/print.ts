import { cleanJson } from "../../terminal/index.ts";
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
  /** Address of the whole report, for what an output leaves out. */
  readonly details?: string;
  /** Root of the repository, to which addresses in SARIF are relative. @default the working directory */
  readonly root?: string;
}

/** Prints a report. The same report gives the same text every time. */
export function print(report: Report, format: Format, { colour = false, ...options }: OutputOptions = {}): string {
  if (format === "table") return toTerminal(report, colour ? colours : noColours);
  if (format === "markdown") return toMarkdown(report, options);
  if (format === "json") return `${cleanJson(JSON.stringify(report, null, 2))}\n`;
  if (format === "sarif") return toSarif(report, options);
  return format === "html" ? toHtml(report, options) : toSvg(report, options);
}
