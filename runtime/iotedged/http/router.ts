import { badRequest, HttpError } from "./http-error.ts";

/** Finds what serves a path. */
export interface Router<Target> {
  /**
   * @param path as it came, without the query
   * @throws HttpError 400 when it cannot be decoded, 414 when a parameter is too long
   */
  find(method: string, path: string): Match<Target> | undefined;
}

export interface Match<Target> {
  readonly target: Target;
  /** Percent-decoded once. */
  readonly parameters: Readonly<Record<string, string>>;
}

interface Entry<Target> {
  readonly method: string;
  readonly target: Target;
  readonly segments: readonly Segment[];
}

type Segment = { readonly text: string } | { readonly parameter: string };

/**
 * A router over a closed list of paths, which are compared segment by segment: nothing matches by a prefix. A slash at
 * the end makes no difference. An encoded slash is part of its segment.
 *
 * @param entries paths with parameters as `:name`
 * @param maxParamLength longest parameter in characters, percent-encoded
 */
export function createRouter<Target>(
  entries: readonly { readonly method: string; readonly path: string; readonly target: Target }[],
  maxParamLength: number,
): Router<Target> {
  const byLength = Map.groupBy(
    entries.map(({ method, path, target }): Entry<Target> => ({ method, target, segments: patternOf(path) })),
    ({ segments }) => segments.length,
  );
  return {
    find: (method, path) => {
      if (!path.startsWith("/")) return undefined;
      const raw = segmentsOf(path);
      const decoded = path.includes("%") ? raw.map(decodeSegment) : raw;
      for (const { segments, ...entry } of byLength.get(raw.length) ?? []) {
        if (entry.method !== method || !fits(segments, decoded)) continue;
        return { target: entry.target, parameters: parametersOf(segments, decoded, raw, maxParamLength) };
      }
      return undefined;
    },
  };
}

function patternOf(path: string): Segment[] {
  return segmentsOf(path).map((text) => (text.startsWith(":") ? { parameter: text.slice(1) } : { text }));
}

function segmentsOf(path: string): string[] {
  const end = path.length > 1 && path.endsWith("/") ? path.length - 1 : path.length;
  return path.slice(1, end).split("/");
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw badRequest("The path is not valid");
  }
}

function fits(pattern: readonly Segment[], segments: readonly string[]): boolean {
  return pattern.every((part, index) => ("text" in part ? part.text === segments[index] : segments[index] !== ""));
}

function parametersOf(
  pattern: readonly Segment[],
  decoded: readonly string[],
  raw: readonly string[],
  maxLength: number,
): Record<string, string> {
  const parameters: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    if (!("parameter" in part)) continue;
    if ((raw[index]?.length ?? 0) > maxLength)
      throw new HttpError(414, "bad-request", "A part of the path is too long");
    parameters[part.parameter] = decoded[index] ?? "";
  }
  return parameters;
}
