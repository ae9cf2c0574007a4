import { createHash } from "node:crypto";
import { cleanLine } from "../../../terminal/index.ts";

/** Longer than any name that people give, and short enough that none pushes the others out of a comment. */
const longest = 1000;
/** A list of permissions has more to tell. */
const longestCode = 4000;

/**
 * Names come from the pull request. They must neither break the layout nor mention anybody nor become markup or a link, nor
 * fill the comment by their length.
 */
export function text(value: string, limit = longest): string {
  return clip(cleanLine(value), limit)
    .replaceAll(" -> ", " → ")
    .replace(/[\\`*_{}[\]<>|~#!&]/g, "\\$&")
    .replaceAll("@", "@\u200b")
    .replaceAll("://", ":\u200b//")
    .replace(/\bwww\./gi, "$&\u200b");
}

/** A name as code. */
export function code(value: string): string {
  return `\`${clip(cleanLine(value), longestCode).replaceAll("`", "'").replaceAll("|", "\\|")}\``;
}

/** A link to a page of the documentation, or the words alone where the address is none. */
export function link(words: string, address: string): string {
  return /^https:\/\/[\w./?=&%#:+-]+$/.test(address) ? `[${text(words)}](${address})` : text(words);
}

export function fold(title: string, lines: readonly string[], open = false): string {
  return [`<details${open ? " open" : ""}><summary>${title}</summary>`, "", ...lines, "", "</details>"].join("\n");
}

/** What is cut off is told by its hash: two that differ there must not look the same. */
function clip(line: string, limit: number): string {
  if (line.length <= limit) return line;
  const hash = createHash("sha256").update(line).digest("hex").slice(0, 32);
  return `${line.slice(0, limit).toWellFormed()}… (${line.length} characters, SHA-256 ${hash})`;
}
