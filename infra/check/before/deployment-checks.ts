import type { Check } from "../model/check.ts";
import { serverChecks } from "./cluster-checks.ts";
import { namespaceChecks } from "./namespace-checks.ts";
import { networkChecks } from "./network-checks.ts";
import { nodeChecks } from "./node-checks.ts";
import type { DeploymentSeen } from "./observations.ts";
import { stackChecks } from "./stack-checks.ts";

/**
 * What a deployment looks at before it writes anything, and whether what is wrong there stops it. Left out is what it finds
 * out by itself, heals, or does not need.
 */
export const atDeployment: ReadonlyMap<string, "stops" | "tells"> = new Map([
  ["server-version", "stops"],
  ["clock", "stops"],
  // A cluster may make nodes once pods wait for them.
  ["nodes-ready", "tells"],
  // Other nodes may take the pods.
  ["sidecars", "tells"],
  ["architectures", "stops"],
  // Nodes tell it from Kubernetes 1.30 on, and other nodes may take the pods.
  ["read-only-mounts", "tells"],
  ["kinds-served", "stops"],
  ["permissions", "stops"],
  ["escalation", "stops"],
  ["stack-lock", "tells"],
  ["namespace", "stops"],
  ["pod-security", "stops"],
  // It was not tried on OpenShift.
  ["openshift", "tells"],
  ["quota", "stops"],
  ["limit-range", "stops"],
  ["pull-secrets", "stops"],
  // Volumes that an administrator made need no StorageClass of their class's name.
  ["storage-class", "tells"],
  // Whether a cluster enforces NetworkPolicies cannot be seen.
  ["network-api", "tells"],
  ["network-dns", "tells"],
]);

/** Pulumi's engine asks for other rights, and keeps its record elsewhere. */
const ofOwnEngine: ReadonlySet<string> = new Set(["permissions", "escalation"]);

/** The checks that a deployment makes, in the order in which they are shown. */
export function deploymentChecks(engine: "pulumi" | "render"): readonly Check<DeploymentSeen>[] {
  return [...serverChecks, ...nodeChecks, ...stackChecks, ...namespaceChecks, ...networkChecks].filter(
    ({ id }) => atDeployment.has(id) && (engine === "render" || !ofOwnEngine.has(id)),
  );
}
