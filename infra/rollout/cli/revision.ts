import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { loadProject } from "../../render/index.ts";
import type { Fleet, Run } from "../model/index.ts";
import type { Pins } from "../plan/plan-builder.ts";

const run = promisify(execFile);

/** @param fleetFile as it was read */
export async function readPins(projectDirectory: string, fleet: Fleet, fleetFile: string): Promise<Pins> {
  const hash = createHash("sha256").update(await readFile(fleetFile));
  const images: Record<string, string> = { ...(await readImages(projectDirectory)) };
  for (const stack of [...new Set(fleet.clusters.map((cluster) => cluster.stack))].sort()) {
    const { name, config } = await loadProject(projectDirectory, stack);
    hash.update(JSON.stringify([stack, [...config].sort(([a], [b]) => (a < b ? -1 : 1))]));
    const own = Object.entries(parse(config.get(`${name}:images`)));
    for (const [key, reference] of own) if (typeof reference === "string") images[`${stack}/${key}`] = reference;
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

async function readImages(projectDirectory: string): Promise<Readonly<Record<string, string>>> {
  const text = await readFile(join(projectDirectory, ".edge", "images.json"), "utf8").catch(() => undefined);
  const entries = Object.entries(parse(text)).flatMap(([key, value]) => flatten(key, value));
  return Object.fromEntries(entries);
}

function flatten(key: string, value: unknown): readonly (readonly [string, string])[] {
  if (typeof value === "string") return [[key, value]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([inner, item]) => flatten(`${key}.${inner}`, item));
}

function parse(text: string | undefined): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text ?? "{}");
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}
