import { join } from "node:path";
import type { FileContent } from "../../manifest-check/index.ts";
import type { ConfigSource } from "../source.ts";

export const images = { iotedged: "r/iotedged:1", edgeAgent: "r/edge-agent:1", proxy: "r/proxy:1" };
export const projectRoot = "/project";

/** A source of `values` with files that exist in memory only, by their path below the project's root. */
export function sampleSource(
  values: Readonly<Record<string, unknown>>,
  changes: Partial<Omit<ConfigSource, "values" | "readFile">> & {
    readonly files?: Readonly<Record<string, string | FileContent>>;
  } = {},
): ConfigSource {
  const { files = {}, ...rest } = changes;
  const contents = new Map(Object.entries(files).map(([path, content]) => [join(projectRoot, path), content]));
  return {
    stack: "test",
    projectRoot,
    secretKeys: new Set(),
    kubeconfigVariable: undefined,
    readFile: (path) => {
      const content = contents.get(path) ?? { failure: "missing" };
      return typeof content === "string" ? { text: content } : content;
    },
    ...rest,
    values,
  };
}
