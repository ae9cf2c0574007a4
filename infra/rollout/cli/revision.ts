import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { defaultImagesFile } from "#contract";
import { loadProject, readStackImages } from "../../render/index.ts";
import type { Fleet, Run } from "../model/index.ts";
import type { Pins } from "../plan/plan-builder.ts";

const run = promisify(execFile);

/** @param fleetFile as it was read */
export async function readPins(projectDirectory: string, fleet: Fleet, fleetFile: string): Promise<Pins> {
  const hash = createHash("sha256").update(await readFile(fleetFile));
  const images: Record<string, string> = {};
  for (const stack of [...new Set(fleet.clusters.map((cluster) => cluster.stack))].sort()) {
    const project = await loadProject(projectDirectory, stack);
    hash.update(JSON.stringify([stack, [...project.config].sort(([a], [b]) => (a < b ? -1 : 1))]));
    const { file, references } = await readStackImages(project);
    const prefix = file === defaultImagesFile ? "" : `${stack}/`;
    for (const [key, reference] of Object.entries(references)) images[prefix + key] = reference;
  }
  return { git: await readGit(projectDirectory), configHash: hash.digest("hex"), images };
}

/** A project outside of git has no revision, and counts as changed. */
async function readGit(directory: string): Promise<Run["git"]> {
  try {
    const { stdout: revision } = await run("git", ["-C", directory, "rev-parse", "HEAD"]);
    const { stdout: changes } = await run("git", ["-C", directory, "status", "--porcelain"]);
    return { revision: revision.trim(), dirty: changes.trim() !== "" };
  } catch {
    return { revision: "none", dirty: true };
  }
}
