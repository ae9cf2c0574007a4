import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { renderStack, stateDirectoryOf } from "../../render/index.ts";
import type { DesiredObject } from "./artifacts.ts";

export interface RenderDesiredOptions {
  readonly projectDirectory: string;
  readonly stack: string;
  /**
   * Whether keys that are made for it are kept. A plan that shall touch nothing makes them for itself, and throws them
   * away.
   */
  readonly keepKeys: boolean;
  /** For a stack that Pulumi deploys, whose keys are in its own state: there are none here, and none are made. @default false */
  readonly preview?: boolean;
  /** What the program warns of. */
  readonly warn: (message: string) => void;
}

/** What a stack declares, by the working tree or a checkout of it. */
export async function renderDesired(options: RenderDesiredOptions): Promise<readonly DesiredObject[]> {
  const { projectDirectory, stack, keepKeys } = options;
  const kept = stateDirectoryOf(projectDirectory);
  if (keepKeys || options.preview) return render(options, kept);
  const scratch = await mkdtemp(join(tmpdir(), "edge-plan-"));
  try {
    await copyFile(join(kept, `${stack}.json`), join(scratch, `${stack}.json`)).catch(ignoreMissing);
    return await render(options, scratch);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function render(options: RenderDesiredOptions, stateDirectory: string): Promise<readonly DesiredObject[]> {
  const { projectDirectory, stack, warn, preview = false } = options;
  const { objects } = await renderStack({
    projectDirectory,
    stack,
    stateDirectory,
    preview,
    keptState: !preview,
    log: (severity, message) => {
      if (severity === "warning") warn(message);
    },
  });
  return objects.map(({ object, secrets }) => ({ object, secrets }));
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}
