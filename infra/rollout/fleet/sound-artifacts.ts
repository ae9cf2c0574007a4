import { EdgeError, formatPath, formatValue, type Problem } from "#base";
import { readTarget } from "../../gitops/index.ts";
import { artifactOf } from "./resolve-fleet.ts";
import type { WrittenFleet } from "./schema.ts";

/** Each cluster of GitOps has a tag of its own: who moves one must not move another's. */
export function soundArtifacts({ clusters, gitops }: WrittenFleet): readonly Problem[] {
  const first = new Map<string, number>();
  return clusters.flatMap((cluster, index) => {
    if (cluster.engine !== "gitops") return [];
    const path = formatPath(["clusters", index, "gitops", "artifact"]);
    const artifact = artifactOf(cluster, gitops);
    if (artifact === undefined) {
      return {
        path,
        found: "is missing, and the fleet has none",
        allowed: "the artifact that Flux follows",
        remedy: "Write gitops.artifact of the fleet, such as oci://registry.example.com/fleet/{cluster}:stable.",
      };
    }
    const problem = problemOf(artifact);
    if (problem !== undefined) {
      return { path, found: `is ${formatValue(artifact)}`, allowed: "a reference of an artifact", remedy: problem };
    }
    const earlier = first.get(artifact);
    if (earlier === undefined) {
      first.set(artifact, index);
      return [];
    }
    return {
      path,
      found: `is ${formatValue(artifact)}, as that of clusters[${earlier}]`,
      allowed: "a tag of the cluster's own",
      remedy: "Write {cluster} into gitops.artifact of the fleet, or another artifact for one of the two.",
    };
  });
}

function problemOf(artifact: string): string | undefined {
  try {
    readTarget(artifact);
    return undefined;
  } catch (error) {
    if (!(error instanceof EdgeError)) throw error;
    return `${error.message}; paths in registries are in small letters.`;
  }
}
