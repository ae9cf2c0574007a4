import { type AgentSettings, objectNames } from "#contract";
import type { InstallationId } from "../scope.ts";
import { literal, some } from "./cel.ts";

/** What an admission policy is made from: who EdgeAgent is, and what it is told to do. */
export interface Guarded {
  readonly id: InstallationId;
  readonly settings: Pick<AgentSettings, "imagePullSecrets" | "modules" | "proxy" | "logLevel">;
}

/** Something that a policy looks at. */
export interface Rule {
  /** In CEL. An error in it counts as a refusal. */
  readonly expression: string;
  /** Why a request is refused, for whoever reads EdgeAgent's log. */
  readonly message: string;
}

/** What EdgeAgent's Role lets it write, but for what can do no harm: its status, its Lease and Events. */
export const guardedResources = {
  deployments: "apps",
  jobs: "batch",
  persistentvolumeclaims: "",
  secrets: "",
  serviceaccounts: "",
  services: "",
} as const;
/** What the installation, and every namespace, has of these kinds. */
export const takenNames = [objectNames.iotedged, objectNames.edgeAgent, "default"];
export type GuardedResource = keyof typeof guardedResources;

/** The expression, for requests on these kinds alone. */
export function of(resources: readonly GuardedResource[], expression: string): string {
  return some([`!(request.resource.resource in ${literal(resources)})`, expression]);
}
