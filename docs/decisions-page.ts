import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";

const folder = new URL("decisions/", import.meta.url);

/** docs/decisions/README.md: all of them, the newest first. */
export function decisionsPage(): string {
  const files = globSync("2*.md", { cwd: folder }).sort().reverse();
  return [
    "# Decisions",
    "",
    "What was chosen, why, and what follows from it, where somebody might want to undo it.",
    "",
    "| when | what |",
    "| --- | --- |",
    ...files.map((file) => {
      const [, title = file] = /^# (.*)$/m.exec(readFileSync(new URL(file, folder), "utf8")) ?? [];
      return `| ${dateOf(file)} | [${title}](${file}) |`;
    }),
    "",
  ].join("\n");
}

const dateOf = (file: string) => basename(file).replace(/^(\d{4})(\d\d)(\d\d).*/, "$1-$2-$3");
