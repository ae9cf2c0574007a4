import type { ImageCache } from "./cache.ts";
import type { Toolbox } from "./command.ts";

/** What building an image needs. */
export interface BuildContext {
  readonly toolbox: Toolbox;
  readonly cache: ImageCache;
  /** Nothing but what the lock file pins may come into an image. */
  readonly locked: boolean;
}
