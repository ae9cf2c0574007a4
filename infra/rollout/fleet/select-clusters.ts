import type { FleetCluster, WaveSelection } from "../model/fleet.ts";

/**
 * The clusters that each wave takes: those that it selects, less those that an earlier one has taken. A list keeps its
 * order; else the order is that of the fleet file, so it is the same each time.
 */
export function selectClusters(
  selections: readonly WaveSelection[],
  clusters: readonly FleetCluster[],
): readonly (readonly FleetCluster[])[] {
  const left = new Map(clusters.map((cluster) => [cluster.name, cluster]));
  return selections.map((selection) => {
    const taken = selected(selection, left);
    for (const { name } of taken) left.delete(name);
    return taken;
  });
}

function selected(selection: WaveSelection, left: ReadonlyMap<string, FleetCluster>): readonly FleetCluster[] {
  switch (selection.kind) {
    case "clusters":
      return selection.clusters.flatMap((name) => left.get(name) ?? []);
    case "labels":
      return [...left.values()].filter(({ labels }) => hasLabels(labels, selection.matchLabels));
    case "rest":
      return [...left.values()];
  }
}

function hasLabels(labels: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value);
}
