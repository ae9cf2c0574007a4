import { forgetKeys, type Rendering } from "../render/index.ts";
import { stackStorage } from "../state/index.ts";
import type { CommandContext } from "../terminal/index.ts";
import type { Engine } from "./engine.ts";

/**
 * Deletes keys from the state that the stack declares no more. To be called once the cluster has what was rendered: until
 * then the way back may need them. Pulumi keeps the keys in a state of its own, and deletes them from there.
 *
 * @throws EDGE_RENDER_STATE_INVALID, EDGE_RENDER_STATE_CONFLICT, EDGE_RENDER_STATE_UNWRITABLE
 */
export async function forgetUnusedKeys(
  engine: Engine,
  { projectDirectory, env }: Pick<CommandContext, "projectDirectory" | "env">,
  stack: string,
  { unused }: Pick<Rendering, "unused">,
): Promise<void> {
  if (engine === "pulumi" || unused.length === 0) return;
  await forgetKeys({ projectDirectory, stack, storage: await stackStorage(projectDirectory, stack, env) }, unused);
}
