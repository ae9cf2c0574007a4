import { partsOf } from "../../docs/site/markdown.ts";

/** What a reader of a page does, in the page's order. */
export type Step =
  | { readonly file: string; readonly text: string }
  /** What is shown below a command is what it prints on stdout. */
  | { readonly command: string; readonly shown: string };

/**
 * Steps of a page: a block below a line that is but a file's name and a colon is that file; a block `console` has commands,
 * each with what it prints. All other blocks are for reading.
 */
export function stepsOf(page: string): readonly Step[] {
  const steps: Step[] = [];
  let file: string | undefined;
  for (const part of partsOf(page)) {
    if (typeof part === "string") {
      const [, name] = /^`([^`]+)`:$/.exec(part) ?? [];
      if (name !== undefined || part !== "") file = name;
      continue;
    }
    if (file !== undefined) steps.push({ file, text: `${part.text}\n` });
    else if (part.language === "console") steps.push(...commandsOf(part.text));
    file = undefined;
  }
  return steps;
}

function commandsOf(block: string): Step[] {
  return `\n${block}\n`
    .split(/\n(?=\$ )/)
    .slice(1)
    .map((text) => {
      const [line = "", ...shown] = text.split("\n");
      return { command: line.slice(2), shown: shown.join("\n").trimEnd() };
    });
}
