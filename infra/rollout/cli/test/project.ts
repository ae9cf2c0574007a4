import { mkdtemp, readdir, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommandContext } from "../../../terminal/index.ts";

/** An empty project, as a command gets it. What is printed is dropped. */
export async function makeProject(): Promise<CommandContext & AsyncDisposable> {
  const projectDirectory = await mkdtemp(join(tmpdir(), "edge-rollout-"));
  return {
    projectDirectory,
    env: { EDGE_OPERATOR: "ann" },
    output: { write: async () => {}, json: async () => {} },
    progress: { note: () => {}, step: (_title, action) => action(() => {}) },
    signal: new AbortController().signal,
    [Symbol.asyncDispose]: () => rm(projectDirectory, { recursive: true }),
  };
}

/** Files below the directory that this process has open. */
export async function openFilesOf(directory: string): Promise<readonly string[]> {
  const descriptors = await readdir("/proc/self/fd");
  const files = await Promise.all(descriptors.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => "")));
  return files.filter((file) => file.startsWith(directory));
}
