import { type Timer, waitFor } from "#base";
import type { Cluster } from "../kubernetes/index.ts";
import { deployErrors } from "./errors.ts";
import type { InstallationState } from "./installation-state.ts";
import { readInstallations } from "./read-installations.ts";

export interface WaitReadyOptions {
  readonly namespaces: readonly string[];
  /** Seconds. */
  readonly timeout: number;
  /** Called whenever something has changed. */
  readonly progress?: ((line: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly timer?: Timer | undefined;
}

/**
 * Waits until iotedged, EdgeAgent and all modules of the installations run.
 *
 * @throws EDGE_APPLY_NOT_READY, with what waits and why
 */
export async function waitReady(cluster: Cluster, options: WaitReadyOptions): Promise<readonly InstallationState[]> {
  const { progress = () => {}, namespaces, timeout, signal, timer } = options;
  let states: readonly InstallationState[] = [];
  let shown = "";
  const ready = await waitFor(
    async () => {
      states = await readInstallations(cluster, namespaces);
      const line = summarize(states);
      if (line !== shown) progress(line);
      shown = line;
      return states.every((state) => state.ready) ? states : undefined;
    },
    { timer, timeout, signal },
  );
  if (ready !== undefined) return ready;
  throw deployErrors.EDGE_APPLY_NOT_READY({ seconds: timeout, waiting: describeWaiting(states).join("\n") });
}

/** One line for each thing that is not ready. */
export function describeWaiting(states: readonly InstallationState[]): readonly string[] {
  return states.flatMap(({ namespace, components, problem }) => [
    ...components
      .filter(({ ready }) => !ready)
      .map(({ component, name, reason }) => {
        const what = component === "module" ? `module ${name}` : name;
        return `  ${namespace}: ${what}: ${reason ?? "not ready"}`;
      }),
    ...(problem === undefined ? [] : [`  ${namespace}: ${problem}`]),
  ]);
}

function summarize(states: readonly InstallationState[]): string {
  const components = states.flatMap((state) => state.components);
  const ready = components.filter((component) => component.ready).length;
  const waiting = states.flatMap(({ namespace, components }) =>
    components.filter((item) => !item.ready).map((item) => `${namespace}/${item.name}`),
  );
  const names = waiting.length > 4 ? `${waiting.slice(0, 4).join(", ")}, ...` : waiting.join(", ");
  return `${ready} of ${components.length} ready${names === "" ? "" : `; waiting for ${names}`}`;
}
