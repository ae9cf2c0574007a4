/** What stands between braces, as helm's templates are written. */
export interface TemplateAction {
  readonly text: string;
  /** Without texts in quotes that hold no template themselves. */
  readonly code: string;
}

/** All of a text. */
export interface TemplateActions {
  readonly list: readonly TemplateAction[];
  /** One a line. */
  readonly all: string;
  readonly code: string;
}

interface Piece extends TemplateAction {
  readonly end: number;
}

/**
 * Takes the actions out of a text, one a line.
 *
 * @param isTemplate whether helm reads the whole text as one template. Of other texts it may render any part, so that what
 *   looks like a comment or a text in quotes there may be none.
 */
export function actionsIn(text: string, isTemplate: boolean): TemplateActions {
  const pieces: Piece[] = [];
  const unclosed: Unclosed = { until: 0 };
  for (let start = text.indexOf("{{"); start >= 0; start = text.indexOf("{{", pieces.at(-1)?.end))
    pieces.push((isTemplate ? commentAt(text, start) : undefined) ?? actionAt(text, start, isTemplate, unclosed));
  return {
    list: pieces,
    all: pieces.map((one) => one.text).join("\n"),
    code: pieces.map((one) => one.code).join("\n"),
  };
}

function commentAt(text: string, start: number): Piece | undefined {
  const opening = /\{\{(?:-\s+)?\/\*/y;
  opening.lastIndex = start;
  const end = opening.test(text) ? text.indexOf("*/", opening.lastIndex) : -1;
  if (end >= 0) return { text: "", code: "", end: end + 2 };
  // Helm refuses a comment without an end; looking for that of each would take all time.
  return opening.lastIndex > 0 ? { text: "", code: "", end: text.length } : undefined;
}

/** Up to where no quote is closed, so that none is looked for again. */
interface Unclosed {
  until: number;
}

function actionAt(text: string, start: number, isTemplate: boolean, unclosed: Unclosed): Piece {
  const quoted = /"(?:[^"\\\n]|\\.)*"|`[^`]*`|'(?:[^'\\\n]|\\.)*'/y;
  let code = "{{";
  let at = start + 2;
  while (at < text.length && !text.startsWith("}}", at)) {
    quoted.lastIndex = at;
    const isQuote = at >= unclosed.until && /["'`]/.test(text[at] ?? "");
    const [part] = isQuote ? (quoted.exec(text) ?? []) : [];
    if (isQuote && part === undefined) {
      const end = text[at] === "`" ? -1 : text.indexOf("\n", at);
      unclosed.until = end < 0 ? text.length : end;
    }
    const next = part ?? text[at] ?? "";
    code += part === undefined || !isTemplate || part.includes("{{") ? next : '""';
    at += next.length;
  }
  return { text: `${text.slice(start, at)}}}`, code: `${code}}}`, end: at + 2 };
}
