import type { Cluster, LiveObject } from "../../../kubernetes/index.ts";
import type { Check, GitopsTarget } from "../../model/index.ts";
import { type FluxReport, stateOf } from "./flux-report.ts";

const kustomizations = { apiVersion: "kustomize.toolkit.fluxcd.io/v1", kind: "Kustomization" };
const repositories = { apiVersion: "source.toolkit.fluxcd.io/v1", kind: "OCIRepository" };

/** What Flux says of the Kustomization in the cluster; undefined where there is none, or it has tried nothing yet. */
export async function reportOfApi(
  cluster: Pick<Cluster, "get">,
  { kustomization }: GitopsTarget,
  now: number,
): Promise<FluxReport | undefined> {
  const found = await cluster.get({ ...kustomizations, ...placeOf(kustomization) });
  const { lastAttemptedRevision, conditions = [], observedGeneration } = found?.status ?? {};
  if (typeof lastAttemptedRevision !== "string") return undefined;
  const ready = conditions.find(({ type }: { readonly type?: unknown }) => type === "Ready");
  const { status, reason = "", message = "" } = ready ?? {};
  const [digest] = /sha256:[0-9a-f]{64}$/.exec(lastAttemptedRevision) ?? [];
  const isCurrent = observedGeneration === found?.metadata.generation;
  const state = isCurrent && status !== "Unknown" ? stateOf(status === "False", String(reason)) : "working";
  return { digest, state, message: String(message).replaceAll(/\s+/g, " ").slice(0, 1000), at: now };
}

/** Whether Flux follows the tag that a run moves. */
export async function checkFollowing(cluster: Pick<Cluster, "get">, target: GitopsTarget): Promise<readonly Check[]> {
  const { kustomization, repository, tag } = target;
  const found = await cluster.get({ ...kustomizations, ...placeOf(kustomization) });
  if (found === undefined) return [problem(`there is no Kustomization ${kustomization}`, "")];
  const { sourceRef = {}, suspend, prune } = found.spec;
  const problems: Check[] = [];
  if (suspend === true) problems.push(problem(`Kustomization ${kustomization} is suspended`, ""));
  if (prune !== true)
    problems.push({ ...problem(`Kustomization ${kustomization} deletes nothing`, ""), severity: "warning" });
  if (sourceRef.kind !== repositories.kind) {
    return [...problems, problem(`Kustomization ${kustomization} has no OCIRepository`, String(sourceRef.kind))];
  }
  const namespace = sourceRef.namespace ?? found.metadata.namespace;
  const source = await cluster.get({ ...repositories, name: sourceRef.name, namespace });
  problems.push(...sourceProblems(source, `${namespace}/${sourceRef.name}`, `oci://${repository}`, tag));
  if (problems.length > 0) return problems;
  const message = `Flux follows oci://${repository}:${tag}`;
  return [{ id, severity: "ok", message, evidence: `Kustomization ${kustomization}`, fix: "" }];
}

function sourceProblems(source: LiveObject | undefined, name: string, url: string, tag: string): readonly Check[] {
  if (source === undefined) return [problem(`there is no OCIRepository ${name}`, "")];
  const { spec } = source;
  const found = `${spec.url}:${spec.ref?.tag ?? "no tag"}`;
  const follows =
    spec.url === url && spec.ref?.tag === tag && spec.ref.digest === undefined && spec.ref.semver === undefined;
  return [
    ...(spec.suspend === true ? [problem(`OCIRepository ${name} is suspended`, "")] : []),
    ...(follows ? [] : [problem(`OCIRepository ${name} does not follow ${url}:${tag}`, found)]),
  ];
}

const id = "flux-follows";

function problem(message: string, evidence: string): Check {
  const fix =
    "Let Flux follow the tag of the fleet file, or correct the fleet file; docs/gitops.md shows both objects.";
  return { id, severity: "error", message, evidence, fix };
}

function placeOf(kustomization: string) {
  const [namespace = "", name = ""] = kustomization.split("/");
  return { namespace, name };
}
