import { againOnConflict } from "./again-on-conflict.ts";
import type { Rendering } from "./render.ts";
import { type StoragePlace, storageOf } from "./state-storage.ts";

/**
 * Drops keys and certificates from the state, for good.
 *
 * @param urns those that {@link Rendering.unused} names, once what the rendering declares is deployed
 * @throws EDGE_RENDER_STATE_INVALID, EDGE_RENDER_STATE_CONFLICT, EDGE_RENDER_STATE_UNWRITABLE
 */
export async function forgetKeys(options: StoragePlace, urns: readonly string[]): Promise<void> {
  const { openState } = await import("./state-store.ts");
  const storage = storageOf(options);
  await againOnConflict(async () => {
    const state = await openState(storage);
    for (const urn of urns) state.delete(urn);
    await state.save();
  });
}
