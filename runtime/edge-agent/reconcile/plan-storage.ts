import { objectNames, systemModuleIds } from "#contract";
import type { Module } from "#manifest";
import { isLess, type PersistentVolumeClaim } from "#shared";
import { edgeAgentErrors } from "../errors.ts";
import { claimOf, type WantedClaim, wantedClaims } from "../mapping/claim.ts";
import type { Installation } from "../mapping/installation.ts";
import { pullSecretOf } from "../mapping/pull-secret.ts";
import { type Action, applyWhenNeeded, type ModulePlan, removeWhenOwned, type Settled } from "./action.ts";
import { isMadeFor, isOwnedBy, isTerminating, type Observed } from "./observed.ts";

/** What has to be written of the claims that modules name. Claims that somebody else made are used as they are. */
export function planClaims(
  modules: readonly Module[],
  installation: Installation,
  observed: Observed,
): readonly ModulePlan[] {
  const { volumes } = installation.settings.modules;
  if (!volumes.create) return [];
  const wanted = wantedClaims(modules);
  const plans = wanted.map((claim) => ({
    moduleId: claim.moduleId,
    actions: actionsFor(claim, installation, observed.claims.get(claim.name)),
  }));
  return volumes.deletion === "delete" ? [...plans, ...planClaimRemovals(wanted, installation, observed)] : plans;
}

function actionsFor(
  claim: WantedClaim,
  installation: Installation,
  live: PersistentVolumeClaim | undefined,
): readonly Action[] {
  const object = claimOf(claim, installation, live);
  if (live === undefined) return [{ type: "apply", object, cause: "create" }];
  if (!isMadeFor(live, installation.identity.installation.name) || isTerminating(live)) return [];
  const grows = isLess(sizeOf(live), sizeOf(object));
  const isToBeOwned = installation.settings.modules.volumes.deletion === "delete";
  const hasRightOwner = isOwnedBy(live, installation.owner.uid) === isToBeOwned;
  return grows || !hasRightOwner ? [{ type: "apply", object, cause: "change" }] : [];
}

function sizeOf({ spec }: PersistentVolumeClaim): string {
  return spec?.resources?.requests?.storage ?? "0";
}

function planClaimRemovals(
  wanted: readonly WantedClaim[],
  installation: Installation,
  observed: Observed,
): readonly ModulePlan[] {
  const names = new Set(wanted.map(({ name }) => name));
  return [...observed.claims.values()]
    .filter((claim) => !names.has(claim.metadata.name) && isMadeFor(claim, installation.identity.installation.name))
    .map((claim) => ({ moduleId: claim.metadata.name, actions: present(removeWhenOwned(claim, installation)) }));
}

/** What has to be written of the Secret with the manifest's registry credentials. */
export function planPullSecret(
  installation: Installation,
  { pullSecret: live }: Observed,
  settled: Settled,
): readonly ModulePlan[] {
  if (!installation.settings.modules.registryCredentials) return [];
  const moduleId = systemModuleIds.edgeAgent;
  const desired = pullSecretOf(installation);
  if (live !== undefined && !isMadeFor(live, installation.identity.installation.name)) {
    if (desired === undefined) return [];
    const taken = { kind: "Secret", name: objectNames.registryCredentials, module: moduleId };
    return [{ moduleId, actions: [], failure: edgeAgentErrors.EDGE_AGENT_NAME_TAKEN(taken) }];
  }
  const action = desired === undefined ? removeWhenOwned(live, installation) : applyWhenNeeded(desired, live, settled);
  return [{ moduleId, actions: present(action) }];
}

function present(action: Action | undefined): readonly Action[] {
  return action === undefined ? [] : [action];
}
