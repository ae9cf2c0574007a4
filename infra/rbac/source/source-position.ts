/** A place in a source file, as far as a preview tells it. */
export interface SourcePlace {
  /** Relative to the project, where that can be told. */
  readonly file: string;
  readonly line: number;
}

interface Position {
  /** Directory of the program's `main`, with a slash at its end; empty for the project's own. */
  readonly directory: string;
  readonly path: string;
  readonly line: number;
}

/**
 * Reads source positions. Pulumi takes what Node says for a path below the program's directory, and Node says a URL where
 * the program is an ES module: `project:///infra/file:/home/ann/edge/infra/rbac.ts#12,2`. Other programs have
 * `project:///infra/rbac.ts#12,2`, and previews of some versions `project:///file:index.ts#12,2`.
 *
 * @param all positions of the preview: together they tell where the project was when it was made
 */
export function sourcePlaces(all: readonly string[]): (position: string) => SourcePlace | undefined {
  const counts = countRoots(all.map(parse).filter((position) => position !== undefined));
  return (text) => {
    const position = parse(text);
    if (position === undefined) return undefined;
    const { directory, path, line } = position;
    if (!path.startsWith("/")) return { file: directory + path, line };
    return { file: path.slice(rootOf(position, counts).length), line };
  };
}

/** @returns undefined for what is of a library, or no position */
function parse(text: string): Position | undefined {
  const [, before = "", url, after = "", line] =
    /^project:\/\/\/([^#]*?)(file:(?:\/\/(?=\/))?)?([^#:]*)#(\d+),\d+$/.exec(text) ?? [];
  if (line === undefined) return undefined;
  const position =
    url === undefined
      ? { directory: "", path: before + after, line: Number(line) }
      : { directory: before, path: decode(after), line: Number(line) };
  return /(^|\/)node_modules\//.test(position.path) ? undefined : position;
}

/** What the path of a URL stands for. */
function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/**
 * How many positions are in a project that is in a directory, by the directory with a slash at its end. A state can have
 * been written on several machines, each with the project elsewhere.
 */
function countRoots(positions: readonly Position[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const root of positions.flatMap(rootsOf)) counts.set(root, (counts.get(root) ?? 0) + 1);
  return counts;
}

/** Directories, the deepest first, in which the project can be: what is in `main`'s directory is below it there. */
function rootsOf({ directory, path }: Position): readonly string[] {
  const parents = [...path.matchAll(/\//g)].map(({ index }) => path.slice(0, index + 1)).toReversed();
  return parents.filter((parent) => parent !== "/" && path.startsWith(`${parent}${directory}`));
}

/** The directory that most positions agree on; the deepest of those. */
function rootOf(position: Position, counts: ReadonlyMap<string, number>): string {
  const roots = rootsOf(position);
  const most = Math.max(...roots.map((root) => counts.get(root) ?? 0));
  return roots.find((root) => counts.get(root) === most) ?? "";
}
