import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EdgeError } from "#base";
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
  /** Makes no keys at all; what only a deployment would make is unknown. @default false */
  readonly preview?: boolean;
  /** What the program warns of. */
  readonly warn: (message: string) => void;
}

/** What a stack declares, by the working tree or a checkout of it. */
export async function renderDesired(options: RenderDesiredOptions): Promise<readonly DesiredObject[]> {
  const { projectDirectory, stack, keepKeys } = options;
  const kept = stateDirectoryOf(projectDirectory);
  if (keepKeys) return againOnConflict(() => render(options, kept));
  const scratch = await mkdtemp(join(tmpdir(), "edge-plan-"));
  try {
    await copyFile(join(kept, `${stack}.json`), join(scratch, `${stack}.json`)).catch(ignoreMissing);
    return await render(options, scratch);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

const attempts = 3;

/**
 * Renders once more where another command has kept keys of the same stack meanwhile, such as a rotation that goes on while a
 * rollout is planned: its keys count, and the next rendering has them.
 */
export async function againOnConflict<T>(rendering: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await rendering();
    } catch (error) {
      const isConflict = error instanceof EdgeError && error.code === "EDGE_RENDER_STATE_CONFLICT";
      if (!isConflict || attempt === attempts) throw error;
    }
  }
}

async function render(options: RenderDesiredOptions, stateDirectory: string): Promise<readonly DesiredObject[]> {
  const { projectDirectory, stack, warn, preview = false } = options;
  const { objects } = await renderStack({
    projectDirectory,
    stack,
    stateDirectory,
    preview,
    log: (severity, message) => {
      if (severity === "warning") warn(message);
    },
  });
  return objects.map(({ object, secrets }) => ({ object, secrets }));
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}
