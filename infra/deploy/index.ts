/**
 * Deploys rendered objects by server-side apply, takes them down again, and tells how installations fare.
 *
 * @module
 */

export { type ApplyOptions, type ApplyResult, applyStack } from "./apply-stack.ts";
export {
  applySetId,
  applySetKeys,
  asMember,
  isMember,
  isOwnParent,
  type ParentRef,
  parentOf,
  rolloutLeaseOf,
  type Scope,
  scopeOfObjects,
  scopeOfParent,
  unite,
} from "./applyset.ts";
export { cancelCommand } from "./cancel-command.ts";
export { type Claim, claimRoots } from "./claim-roots.ts";
export { type DeleteOptions, deleteStack } from "./delete-stack.ts";
export {
  type Deployment,
  deploy,
  deployObjects,
  namespacesOf,
  type PlannedDeployment,
  render,
  undeploy,
} from "./deploy.ts";
export { type Deployer, deployerOf, isGitOps } from "./deployer.ts";
export { isConnected } from "./desired-modules.ts";
export { type Engine, engines } from "./engine.ts";
export { deployErrors } from "./errors.ts";
export { type Told, tellEvent } from "./findings/events.ts";
export { type Finding, type Hints, inOneLine } from "./findings/finding.ts";
export { clusterOptions, hintsFor, hintsWithin } from "./hints.ts";
export type { ComponentState, InstallationState, TwinState } from "./installation-state.ts";
export { withLastLines } from "./last-log-line.ts";
export { type LiveCall, signLive } from "./live-call.ts";
export { listMembers } from "./members.ts";
export { closedPlaces, type EgressPolicy, opensToAnywhere } from "./network/closed-places.ts";
export { type ClusterService, readApiServer, readDns } from "./network/cluster-services.ts";
export { describePlaces, type NeededService, networkFault, networkSetting } from "./network/judge-network.ts";
export { type ProjectStack, readProjectStacks } from "./project-stacks.ts";
export { hasPulumi, openPulumiSession } from "./pulumi-engine.ts";
export { describeLock, isAbandoned } from "./pulumi-lock.ts";
export { runPulumi } from "./pulumi-process.ts";
export { readFindings } from "./read-findings.ts";
export { explainPod, findInstallations, readInstallations } from "./read-installations.ts";
export { recordNamespaceOf } from "./record-namespace.ts";
export { reportOf } from "./report.ts";
export { pulumiRunner } from "./run-pulumi.ts";
export { hasModule, runSample, type SampleCluster, sampleModules } from "./sample-module.ts";
export { resolveTarget, type Target } from "./target.ts";
export { guardRollback, guardTrust, trustRefusals } from "./trust-guard.ts";
export { describeWaiting, describeWarnings } from "./wait-ready.ts";
