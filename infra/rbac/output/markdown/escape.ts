import { cleanLine } from "../../../terminal/index.ts";

/** Names come from the pull request. They must neither break the layout nor mention anybody nor become markup or a link. */
export function text(value: string): string {
  return cleanLine(value)
    .replaceAll(" -> ", " → ")
    .replace(/[\\`*_{}[\]<>|~#!&]/g, "\\$&")
    .replaceAll("@", "@\u200b")
    .replaceAll("://", ":\u200b//")
    .replace(/\bwww\./gi, "$&\u200b");
}

/** A name as code. */
export function code(value: string): string {
  return `\`${cleanLine(value).replaceAll("`", "'").replaceAll("|", "\\|")}\``;
}

/** A link to a page of the documentation, or the words alone where the address is none. */
export function link(words: string, address: string): string {
  return /^https:\/\/[\w./?=&%#:+-]+$/.test(address) ? `[${text(words)}](${address})` : text(words);
}

export function fold(title: string, lines: readonly string[], open = false): string {
  return [`<details${open ? " open" : ""}><summary>${title}</summary>`, "", ...lines, "", "</details>"].join("\n");
}
