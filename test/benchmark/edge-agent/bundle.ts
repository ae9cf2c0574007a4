import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bundleEntries } from "../../../runtime/images/node-programs.ts";

/** The image's own bundle, with another entry that takes what a pod would mount from its arguments. @returns its path */
export async function bundleAgent(directory: string): Promise<string> {
  const bundles = await bundleEntries({ "edge-agent": join(import.meta.dirname, "agent.ts") });
  const path = join(directory, "edge-agent.mjs");
  await writeFile(path, bundles.get("edge-agent") ?? "");
  return path;
}
