import { renderStack, type StateStorage, scratchStorage } from "../../render/index.ts";
import type { DesiredObject } from "./artifacts.ts";

export interface RenderDesiredOptions {
  readonly projectDirectory: string;
  readonly stack: string;
  /** Where the stack's keys are kept. */
  readonly storage: StateStorage;
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
  const { projectDirectory, stack, warn, keepKeys, storage, preview = false } = options;
  const { objects } = await renderStack({
    projectDirectory,
    stack,
    storage: keepKeys || preview ? storage : scratchStorage(storage),
    preview,
    keptState: !preview,
    log: (severity, message) => {
      if (severity === "warning") warn(message);
    },
  });
  return objects.map(({ object, secrets }) => ({ object, secrets }));
}
