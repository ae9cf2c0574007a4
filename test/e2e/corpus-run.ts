import { expect } from "vitest";
import { waitFor } from "../support/wait-for.ts";
import { items, type KubernetesItem, reported } from "./cluster.ts";
import { type Batch, comparable, inCluster, objectNamesOf } from "./corpus.ts";

/** Deployments and Jobs of a batch's modules that are there. */
export async function workloadsOf(namespace: string, batch: Batch): Promise<readonly KubernetesItem[]> {
  const names = objectNamesOf(batch);
  const all = await items("deployments,jobs", ["-n", namespace]);
  return all.filter(({ metadata }) => names.includes(metadata.name));
}

function runs({ kind, spec, status }: KubernetesItem): boolean {
  if (kind === "Job") return (status.ready ?? 0) === (spec.suspend ? 0 : 1);
  return (status.readyReplicas ?? 0) === spec.replicas;
}

/** Waits until the pods of all modules of a batch run, and compares the Deployments and Jobs with the golden files. */
export async function expectToRun(namespace: string, batch: Batch, image: string): Promise<void> {
  const names = objectNamesOf(batch);
  await waitFor("all modules to run", async () => {
    const found = await workloadsOf(namespace, batch);
    const missing = names.filter((name) => !found.some(({ metadata }) => metadata.name === name));
    const waiting = found
      .filter((one) => !runs(one) || one.spec.template.spec.containers[0].image !== image)
      .map(({ metadata }) => metadata.name);
    if (missing.length + waiting.length === 0) return true;
    const { lastDesiredStatus } = await reported(namespace);
    throw new Error(JSON.stringify({ missing, waiting, lastDesiredStatus }));
  });
  const accounts = await items("serviceaccounts", ["-n", namespace]);
  const generationOf = (name: string) => accounts.find(({ metadata }) => metadata.name === name)?.metadata.uid ?? "";
  const live = await workloadsOf(namespace, batch);
  for (const wanted of batch.samples.flatMap(({ workloads }) => workloads ?? [])) {
    const found = live.find(({ kind, metadata }) => kind === wanted.kind && metadata.name === wanted.metadata.name);
    expect(found, `${wanted.kind} ${wanted.metadata.name}`).toBeDefined();
    expect(comparable(found as KubernetesItem)).toMatchObject(inCluster(wanted, { namespace, image, generationOf }));
  }
}
