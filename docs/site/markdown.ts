/** What the site needs to know of a page's Markdown. Fenced blocks and code in lines are never taken for anything else. */

const fence = /^( *)(`{3,}|~{3,})(.*)$/;

export interface Block {
  readonly language: string;
  readonly text: string;
  /** Of its first line, counted from 1. */
  readonly line: number;
}

/** A page in its order: lines of prose, and fenced blocks as a whole. */
export function partsOf(page: string): readonly (string | Block)[] {
  const parts: (string | Block)[] = [];
  let open:
    | { readonly mark: string; readonly indent: number; readonly block: Block; readonly lines: string[] }
    | undefined;
  for (const [index, line] of page.split("\n").entries()) {
    const [, indent = "", mark = "", info = ""] = fence.exec(line) ?? [];
    if (open === undefined) {
      if (mark === "") parts.push(line);
      else {
        const block = { language: info.trim().split(" ", 1)[0] ?? "", text: "", line: index + 2 };
        open = { mark, indent: indent.length, block, lines: [] };
      }
    } else if (mark.startsWith(open.mark) && info.trim() === "") {
      parts.push({ ...open.block, text: open.lines.join("\n") });
      open = undefined;
    } else open.lines.push(line.slice(Math.min(open.indent, line.length - line.trimStart().length)));
  }
  if (open !== undefined) throw new Error(`the block of line ${open.block.line - 1} has no end`);
  return parts;
}

export const blocksOf = (page: string) => partsOf(page).filter((part) => typeof part !== "string");

const link = /(!?)\[((?:[^\]`]|`[^`]*`)*)\]\(([^)\s]+)\)|(`+)(?:(?!\4)[\s\S])*?\4/g;

export interface Link {
  readonly image: boolean;
  readonly text: string;
  readonly target: string;
}

/** The page with each of its links put differently; `undefined` leaves one as it is. */
export function mapLinks(page: string, map: (link: Link) => string | undefined): string {
  let inBlock: string | undefined;
  return page
    .split("\n")
    .map((line) => {
      const [, , mark = ""] = fence.exec(line) ?? [];
      if (inBlock !== undefined) {
        if (mark.startsWith(inBlock)) inBlock = undefined;
        return line;
      }
      if (mark !== "") {
        inBlock = mark;
        return line;
      }
      return line.replace(
        link,
        (whole, bang: string | undefined, text: string | undefined, target: string | undefined) =>
          target === undefined ? whole : (map({ image: bang === "!", text: text ?? "", target }) ?? whole),
      );
    })
    .join("\n");
}

export function linksOf(page: string): readonly Link[] {
  const links: Link[] = [];
  mapLinks(page, (one) => {
    links.push(one);
    return undefined;
  });
  return links;
}

/** As GitHub makes an anchor of a heading, so that a link works there and on the site. */
export function slug(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, "")
    .replaceAll(" ", "-");
}

/** Headings of a page, their marks of emphasis, code and links taken away. */
export function headingsOf(page: string): readonly string[] {
  return partsOf(page)
    .filter((part) => typeof part === "string")
    .flatMap((line) => {
      const [, text] = /^#{1,6} +(.*)$/.exec(line) ?? [];
      return text === undefined ? [] : [text.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/[`*]/g, "")];
    });
}

/** Where links can lead in a page: a heading that stands twice gets a number. */
export function anchorsOf(page: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const heading of headingsOf(page)) {
    const wanted = slug(heading);
    let anchor = wanted;
    for (let count = 1; anchors.has(anchor); count++) anchor = `${wanted}-${count}`;
    anchors.add(anchor);
  }
  return anchors;
}
