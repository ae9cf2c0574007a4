import type { Engine } from "../deploy/index.ts";
import type { KubernetesObject } from "../render/index.ts";
import { cleanLine } from "../terminal/index.ts";
import { atDeployment, deploymentChecks } from "./before/deployment-checks.ts";
import type { BeforeHints } from "./before/observations.ts";
import { checkErrors } from "./errors.ts";
import { type CheckResult, runChecks } from "./model/check.ts";
import type { ClusterReader } from "./observe/cluster-reader.ts";
import { observeDeployment } from "./observe/observe-before.ts";
import { declaredStack } from "./observe/stack-facts.ts";

export interface DeploymentOptions {
  readonly projectDirectory: string;
  readonly stack: string;
  /** What the stack declares. */
  readonly objects: readonly KubernetesObject[];
  readonly engine: Engine;
  readonly hints: BeforeHints;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/**
 * What of `check --pre` is wrong or to look at, of a stack that is about to be deployed and rendered already. What cannot be
 * seen is left to the deployment. Nothing is written.
 */
export async function checkDeployment(
  reader: ClusterReader,
  { projectDirectory, stack, objects, engine, ...options }: DeploymentOptions,
): Promise<readonly CheckResult[]> {
  const declared = await declaredStack(projectDirectory, stack, objects);
  const seen = await observeDeployment(reader, { ...options, stack: declared, rights: engine === "render" });
  const results = runChecks(deploymentChecks(engine), seen, stack);
  return results.filter(({ severity }) => severity === "error" || severity === "warning");
}

/** Whether waiting helps nothing, and whoever deploys has to decide. */
export function stopsDeployment({ id, severity }: CheckResult): boolean {
  return severity === "error" && atDeployment.get(id) === "stops";
}

/**
 * Ends a deployment that is known to go wrong before it writes anything.
 *
 * @param stopping all that is wrong; nothing: it goes on
 * @throws EDGE_CHECK_BEFORE_UP
 */
export function refuseDeployment(stopping: readonly CheckResult[]): void {
  if (stopping.length === 0) return;
  const problems = stopping.flatMap(describeResult).join("\n");
  throw Object.assign(checkErrors.EDGE_CHECK_BEFORE_UP({ problems }), {
    checks: stopping.map(({ what: _, ...told }) => told),
  });
}

/** A result as people read it, with what to do. */
export function describeResult({ id, component, message, evidence, fix, docs }: CheckResult): readonly string[] {
  const seen = evidence === "" || message.includes(evidence) ? [] : [`    seen: ${evidence}`];
  const who = component === undefined ? "" : `${component}: `;
  return [`  ${id}: ${who}${message}`, ...seen, ...(fix === "" ? [] : [`    fix:  ${fix}`]), `    see:  ${docs}`].map(
    (line) => cleanLine(line),
  );
}
