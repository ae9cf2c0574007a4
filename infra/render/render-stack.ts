import { join } from "node:path";
import { stateDirectoryOf } from "./project.ts";
import type { Rendering, RenderOptions } from "./render.ts";

let previous: Promise<unknown> = Promise.resolve();

/**
 * Runs the project's program for a stack without the Pulumi CLI, providers or a cluster, and returns the Kubernetes
 * objects that it declares. The same stack gives the same objects every time, because keys and certificates are kept.
 *
 * Can be called many times in one process; calls wait for each other, since the SDK's runner is global to a process.
 *
 * @throws EdgeError of `renderErrors`, and whichever the program throws
 * @example
 * const { objects } = await renderStack({ projectDirectory: ".", stack: "local" });
 */
export function renderStack(options: RenderOptions): Promise<Rendering> {
  const result = previous.then(async () => (await import("./render.ts")).render(options));
  previous = result.catch(() => {});
  return result;
}

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
  const state = await openStateFile(join(stateDirectory, `${stack}.json`));
  for (const urn of urns) state.delete(urn);
  await state.save();
}
