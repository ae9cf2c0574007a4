import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { forgetKeys } from "../../render/forget-keys.ts";
import type { KubernetesObject } from "../../render/kubernetes-object.ts";
import { renderStack } from "../../render/render-stack.ts";
import { systemTlsEnvironment } from "../../render/tls/environment.ts";
import type { Value } from "../../render/values.ts";

const projectDirectory = join(import.meta.dirname, "../../..");

/** The real program, rendered for tests with one installation `edge-a` and a state of its own. */
export interface TestRendering {
  /** @param trust what the stack's file says under `trust` */
  render(trust: Value, options?: { readonly preview?: boolean }): Promise<readonly KubernetesObject[]>;
  /** Drops what the last rendering had no use for, as a deployment does. */
  forget(): Promise<void>;
}

/**
 * @param directory of the state
 * @param now milliseconds since the epoch
 * @param state content of the state file before the first rendering
 */
export async function createTestRendering(
  directory: string,
  now: () => number,
  state?: string,
): Promise<TestRendering> {
  await mkdir(directory, { recursive: true });
  if (state !== undefined) await writeFile(join(directory, "local.json"), state, { mode: 0o600 });
  let last: readonly string[] = [];
  return {
    forget: () => forgetKeys({ projectDirectory, stack: "local", stateDirectory: directory }, last),
    render: async (trust, { preview = false } = {}) => {
      const { objects, unused } = await renderStack({
        projectDirectory,
        stack: "local",
        stateDirectory: directory,
        preview,
        tls: { ...systemTlsEnvironment, now },
        overrides: {
          "iotedge:images": { iotedged: "r/iotedged:1", edgeAgent: "r/edge-agent:1", proxy: "r/proxy:1" },
          "iotedge:installations": [{ namespace: "edge-a", trust }],
        },
      });
      last = unused;
      return objects.map(({ object }) => object);
    },
  };
}
