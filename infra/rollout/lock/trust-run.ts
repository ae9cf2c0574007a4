import { readdir, readFile, rm, rmdir, stat } from "node:fs/promises";
import { join } from "node:path";
import Type from "typebox";
import { Check } from "typebox/value";
import { parseJson, writeAtomically } from "#base";
import { rolloutErrors } from "../errors.ts";
import type { LockedCluster } from "../model/run.ts";
import { acquireRunLock, isCarriedOut, type RunLock } from "./run-lock.ts";

/**
 * A change of trust over a fleet, as far as its locks know it. Nothing else is kept of it: how far each cluster is, its
 * stack's file and the cluster tell. So it is not resumed but repeated, and has a folder only until it ends.
 */
export interface TrustRun {
  /** `trust-20261123-021500-3f9a` */
  readonly id: string;
  readonly clusters: readonly LockedCluster[];
}

/** One that this process carries out. */
export interface OwnTrustRun extends TrustRun {
  /** Gives the run lock back, and keeps nothing. The caller has given the clusters' Leases back. */
  end(): Promise<void>;
  /** Gives the run lock back alone: some of its Leases are still to be given back. */
  leave(): Promise<void>;
}

const file = "trust.json";
const idForm = /^trust-[0-9]{8}-[0-9]{6}-[0-9a-f]{4}$/;
const maxBytes = 16 * 1024 * 1024;

const name = Type.String({ minLength: 1, maxLength: 1024 });
const TrustRunSchema = Type.Object({
  version: Type.Literal(1),
  clusters: Type.Array(
    Type.Object({ name, stack: name, target: Type.Object({ context: name, kubeconfig: Type.Optional(name) }) }),
    { maxItems: 100_000 },
  ),
});

export function isTrustRunId(id: string): boolean {
  return idForm.test(id);
}

/**
 * Begins a run over the clusters. A run over the same ones, or some of them, that was killed on this machine is resumed:
 * then its Leases need not be watched first.
 *
 * @param directory where runs are kept
 * @param newId makes the id, where none is resumed
 */
export async function beginTrustRun(
  directory: string,
  clusters: readonly LockedCluster[],
  newId: () => string,
): Promise<OwnTrustRun> {
  const left = await resumeAbandoned(directory, clusters);
  if (left !== undefined) return writeRecord(directory, left.id, clusters, left.lock);
  const id = newId();
  const lock = await acquireRunLock(join(directory, id), id);
  if (lock === undefined) throw rolloutErrors.EDGE_ROLLOUT_RUN_EXISTS({ run: id });
  return writeRecord(directory, id, clusters, lock);
}

async function writeRecord(directory: string, id: string, clusters: readonly LockedCluster[], lock: RunLock) {
  const folder = join(directory, id);
  const targets = clusters.map(({ name, stack, target }) => ({ name, stack, target }));
  await writeAtomically(join(folder, file), JSON.stringify({ version: 1, clusters: targets }), { mode: 0o600 });
  return { id, clusters, end: () => remove(folder, lock), leave: () => lock.release() };
}

async function resumeAbandoned(directory: string, clusters: readonly LockedCluster[]) {
  const stacks = new Set(clusters.map(({ stack }) => stack));
  for (const id of (await readdir(directory).catch(() => [])).filter(isTrustRunId)) {
    const run = await readTrustRun(directory, id);
    if (!run?.clusters.every(({ stack }) => stacks.has(stack))) continue;
    // One of another machine counts as carried out, and one that is gone need not be looked at.
    if (await isCarriedOut(join(directory, id)).catch(() => true)) continue;
    const lock = await lockAbandoned(directory, id);
    if (lock !== undefined) return { id, lock };
  }
  return undefined;
}

/**
 * Takes over the run lock of a run that was left by its process.
 *
 * @returns undefined where a process of this machine carries the run out, or it has ended
 * @throws EDGE_ROLLOUT_RUN_LOCKED where a process of another machine has it
 */
export async function takeOverTrustRun(
  directory: string,
  { id, clusters }: TrustRun,
): Promise<OwnTrustRun | undefined> {
  const lock = await lockAbandoned(directory, id);
  return lock && { id, clusters, end: () => remove(join(directory, id), lock), leave: () => lock.release() };
}

async function lockAbandoned(directory: string, id: string): Promise<RunLock | undefined> {
  const folder = join(directory, id);
  const lock = await acquireRunLock(folder, id);
  if (lock === undefined || (await readTrustRun(directory, id)) !== undefined) return lock;
  // It has ended since it was looked at.
  await remove(folder, lock);
  return undefined;
}

/** Without its file nobody resumes the run, so the file goes first. */
async function remove(folder: string, lock: RunLock): Promise<void> {
  await rm(join(folder, file), { force: true });
  await lock.release();
  // Somebody may just look at it: what is left then is empty, and means nothing.
  await rmdir(folder).catch(() => {});
}

/** @returns undefined where there is no such run */
export async function readTrustRun(directory: string, id: string): Promise<TrustRun | undefined> {
  if (!isTrustRunId(id)) return undefined;
  const path = join(directory, id, file);
  const size = await stat(path).then(
    (found) => found.size,
    () => maxBytes + 1,
  );
  if (size > maxBytes) return undefined;
  const clusters = parseTrustRun(await readFile(path, "utf8").catch(() => ""));
  return clusters && { id, clusters };
}

/** The clusters of a run; undefined for anything but what this module writes. */
export function parseTrustRun(text: string): readonly LockedCluster[] | undefined {
  const value = parseJson(text);
  return Check(TrustRunSchema, value) ? value.clusters : undefined;
}
