/** Behind these a name is best broken. */
const separators = new Set([..." /.-,:_"]);

/** Stands for a space at the end of a line, where it would not be seen. */
const space = "\u2423";

/** Lines of a name: `a b` never looks like `ab`, wherever it is broken. */
export function wrapName(name: string, width: number, maxLines: number): readonly string[] {
  const lines = wrapLabel(name, width, maxLines);
  return lines.map((line, index) => (index < lines.length - 1 ? line.replace(/ $/, space) : line));
}

/**
 * Breaks a text into lines of a width, in characters, behind a space or a mark where there is one near the end of a line.
 * Where that takes more lines than there may be, it is broken wherever a line is full.
 */
export function wrapLabel(text: string, width: number, maxLines: number): readonly string[] {
  const soft = broken(text, width, Math.floor(width / 2));
  return soft.length <= maxLines ? soft : broken(text, width, 0);
}

/** @param slack how many characters a line may stay short of its width */
function broken(text: string, width: number, slack: number): readonly string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width) {
    const end = endOfLine(rest, width, slack);
    lines.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  return [...lines, rest];
}

function endOfLine(text: string, width: number, slack: number): number {
  for (let end = width; end > width - slack && end > 1; end -= 1) {
    if (separators.has(text[end - 1] ?? "")) return end;
  }
  return splitsPair(text, width) ? width - 1 : width;
}

const splitsPair = (text: string, at: number) => /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(at - 1, at + 1));
