import { againOnConflict } from "./again-on-conflict.ts";
import type { Rendering, RenderOptions } from "./render.ts";

let previous: Promise<unknown> = Promise.resolve();

/**
 * Runs the project's program for a stack without the Pulumi CLI, providers or a cluster, and returns the Kubernetes
 * objects that it declares. The same stack gives the same objects every time: keys and certificates are kept, or with
 * `preview` the same placeholders stand for them until a deployment makes them.
 *
 * Can be called many times in one process; calls wait for each other, since the SDK's runner is global to a process.
 *
 * @throws EdgeError of `renderErrors`, and whichever the program throws
 * @example
 * const { objects } = await renderStack({ projectDirectory: ".", stack: "local" });
 */
export function renderStack(options: RenderOptions): Promise<Rendering> {
  const result = previous.then(async () => {
    const { deferLibraries } = await import("./deferred-libraries.ts");
    deferLibraries();
    const { render } = await import("./render.ts");
    return againOnConflict(() => render(options));
  });
  previous = result.catch(() => {});
  return result;
}
