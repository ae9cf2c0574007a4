import { stripVTControlCharacters } from "node:util";
import type { Scrubber } from "#contract";
import { cleanLine } from "../../terminal/index.ts";

/** A line that does not end is given on in parts, in characters. */
const longestLine = 64 * 1024;

/** Makes of a log's bytes, as they come, lines that can be shown: no secret, no colour codes, nothing that hides. */
export function createLogText(scrubber: Pick<Scrubber, "text">): (chunk: Uint8Array) => string {
  const decoder = new TextDecoder();
  let rest = "";
  return (chunk) => {
    const text = rest + decoder.decode(chunk, { stream: true });
    const end = text.length > longestLine ? text.length : text.lastIndexOf("\n") + 1;
    rest = text.slice(end);
    const whole = text.slice(0, end);
    if (whole === "") return "";
    const lines = scrubber.text(whole).replace(/\n$/, "").split("\n");
    return `${lines.map((line) => cleanLine(stripVTControlCharacters(line.replace(/\r$/, "")))).join("\n")}\n`;
  };
}
