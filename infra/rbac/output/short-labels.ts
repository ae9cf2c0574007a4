import { cleanLine } from "../../terminal/index.ts";

/** How a text is shown where there is room for so many characters. */
export type Shorten = (text: string) => string;

/**
 * Shortens texts so that no two different ones look the same: the middle goes, and what is then alike gets a number. Those
 * that fit stay as they are.
 */
export function shortLabels(texts: Iterable<string>, limit: number): Shorten {
  const labels = new Map<string, string>();
  const taken = new Set<string>();
  const distinct = [...new Set(texts)];
  const isWhole = (text: string) => text.length <= limit && cleanLine(text) === text;
  for (const text of [...distinct.filter(isWhole), ...distinct.filter((one) => !isWhole(one))]) {
    let label = cut(cleanLine(text), limit);
    for (let number = 2; taken.has(label); number += 1) {
      const mark = ` (${number})`;
      label = cut(cleanLine(text), limit - mark.length) + mark;
    }
    taken.add(label);
    labels.set(text, label);
  }
  return (text) => labels.get(text) ?? cut(cleanLine(text), limit);
}

function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const end = Math.floor((limit - 1) / 3);
  return `${text.slice(0, limit - 1 - end).toWellFormed()}…${text.slice(-end).toWellFormed()}`;
}
