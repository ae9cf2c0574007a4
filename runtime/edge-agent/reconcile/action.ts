import type { EdgeError } from "#base";
import {
  type Deployment,
  desiredHashOf,
  type Job,
  type PersistentVolumeClaim,
  type Secret,
  type Service,
  type ServiceAccount,
} from "#shared";
import type { Installation } from "../mapping/installation.ts";
import { driftOf } from "./drift.ts";
import { isOwnedBy, isTerminating } from "./observed.ts";

/** An object that EdgeAgent writes for modules. */
export type ModuleObject = ServiceAccount | Service | Deployment | Job | PersistentVolumeClaim | Secret;

/** Why an object is written. */
export type Cause = "create" | "change" | "repair";

/** One write of the API server. */
export type Action =
  | { readonly type: "apply"; readonly object: ModuleObject; readonly cause: Cause }
  | { readonly type: "remove"; readonly object: ModuleObject };

/** All that one module needs, in order. */
export interface ModulePlan {
  readonly moduleId: string;
  readonly actions: readonly Action[];
  /** Why nothing can be done for the module. */
  readonly failure?: EdgeError;
  /** Whether its old pod runs on until its images are there. */
  readonly waitsForImages?: boolean;
}

/**
 * What the API server made of earlier writes: the differences that remained right after the object was written, one per
 * line. They are the server's own spelling (of quantities, or by an admission webhook), and no drift.
 */
export interface Settled {
  differences(desired: ModuleObject): string | undefined;
}

/** The write that turns `live` into `desired`; undefined when they agree, or `live` is being deleted. */
export function applyWhenNeeded(
  desired: ModuleObject,
  live: ModuleObject | undefined,
  settled: Settled,
): Action | undefined {
  if (live === undefined) return { type: "apply", object: desired, cause: "create" };
  if (isTerminating(live)) return undefined;
  if (desiredHashOf(desired) !== desiredHashOf(live)) return { type: "apply", object: desired, cause: "change" };
  const drift = driftOf(desired, live);
  if (drift.length === 0 || drift.join("\n") === settled.differences(desired)) return undefined;
  return { type: "apply", object: desired, cause: "repair" };
}

/** The deletion of what the installation owns; undefined for anything else, and for what is being deleted. */
export function removeWhenOwned(live: ModuleObject | undefined, installation: Installation): Action | undefined {
  if (live === undefined || isTerminating(live) || !isOwnedBy(live, installation.owner.uid)) return undefined;
  return { type: "remove", object: live };
}
