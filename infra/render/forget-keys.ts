import { join } from "node:path";
import { againOnConflict } from "./again-on-conflict.ts";
import { stateDirectoryOf } from "./project.ts";
import type { Rendering, RenderOptions } from "./render.ts";

/**
 * Drops keys and certificates from the state, for good.
 *
 * @param urns those that {@link Rendering.unused} names, once what the rendering declares is deployed
 * @throws EDGE_RENDER_STATE_INVALID, EDGE_RENDER_STATE_CONFLICT, EDGE_RENDER_STATE_UNWRITABLE
 */
export async function forgetKeys(
  options: Pick<RenderOptions, "projectDirectory" | "stack" | "stateDirectory">,
  urns: readonly string[],
): Promise<void> {
  const { projectDirectory, stack, stateDirectory = stateDirectoryOf(projectDirectory) } = options;
  const { openStateFile } = await import("./state-store.ts");
  await againOnConflict(async () => {
    const state = await openStateFile(join(stateDirectory, `${stack}.json`));
    for (const urn of urns) state.delete(urn);
    await state.save();
  });
}
