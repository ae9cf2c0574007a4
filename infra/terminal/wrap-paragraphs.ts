/**
 * Breaks paragraphs that are wider than the terminal. Lines that begin with a space are left as they are: examples, which are
 * copied.
 *
 * @param width in characters
 */
export function wrapParagraphs(text: string, width: number): string {
  const wrapped: string[] = [];
  let paragraph: string[] = [];
  const end = () => {
    wrapped.push(...(paragraph.some((line) => line.length > width) ? broken(paragraph.join(" "), width) : paragraph));
    paragraph = [];
  };
  for (const line of text.split("\n")) {
    if (/^\S/.test(line)) {
      paragraph.push(line);
      continue;
    }
    end();
    wrapped.push(line);
  }
  end();
  return wrapped.join("\n");
}

function broken(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
