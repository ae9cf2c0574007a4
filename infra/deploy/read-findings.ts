import type { Cluster } from "../kubernetes/index.ts";
import type { KubernetesObject } from "../render/index.ts";
import type { Hints } from "./findings/finding.ts";
import type { InstallationState } from "./installation-state.ts";
import { readManifestDrift } from "./manifest-drift.ts";
import { readSameDevices } from "./same-device.ts";

/**
 * Adds what no installation tells by itself: that its manifest is another one than its stack declares, and that its device
 * id is another installation's too.
 *
 * @param of.namespaces those that are looked at; undefined: all
 * @param of.objects what the stack declares; undefined where none is named
 */
export async function readFindings(
  cluster: Cluster,
  states: readonly InstallationState[],
  of: {
    readonly namespaces: readonly string[] | undefined;
    readonly objects: readonly KubernetesObject[] | undefined;
    readonly hints: Hints;
  },
): Promise<readonly InstallationState[]> {
  const [drift, devices] = await Promise.all([
    readManifestDrift(cluster, of.objects ?? [], of.hints),
    readSameDevices(cluster, of.namespaces, of.hints),
  ]);
  const more = Map.groupBy([...drift, ...devices], ({ namespace }) => namespace);
  return states.map((state) => ({ ...state, findings: [...state.findings, ...(more.get(state.namespace) ?? [])] }));
}
