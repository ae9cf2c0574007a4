import { forgetKeys, type Rendering } from "../render/index.ts";
import type { Engine } from "./engine.ts";

/**
 * Deletes keys from `.edge/state` that the stack declares no more. To be called once the cluster has what was rendered: until
 * then the way back may need them. Pulumi keeps the keys in a state of its own, and deletes them from there.
 *
 * @throws EDGE_RENDER_STATE_INVALID, EDGE_RENDER_STATE_CONFLICT, EDGE_RENDER_STATE_UNWRITABLE
 */
export async function forgetUnusedKeys(
  engine: Engine,
  stack: { readonly projectDirectory: string; readonly stack: string },
  { unused }: Pick<Rendering, "unused">,
): Promise<void> {
  if (engine !== "pulumi") await forgetKeys(stack, unused);
}
