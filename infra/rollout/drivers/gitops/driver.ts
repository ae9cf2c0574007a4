import { type Artifact, filesOf, type RegistryTags, type TagState } from "../../../gitops/index.ts";
import { rolloutErrors } from "../../errors.ts";
import type {
  Check,
  ClusterDriver,
  FleetCluster,
  GitopsTarget,
  HealthReport,
  ObjectChange,
  PlannedCluster,
  Revision,
} from "../../model/index.ts";
import { changeDigest } from "../../plan/change-digest.ts";
import { type DesiredObject, installationsOf } from "../artifacts.ts";
import { attempt } from "../outcome.ts";
import { attemptPlan, checkPinned } from "../pinned.ts";
import { ClusterTag } from "./cluster-tag.ts";
import { compareArtifacts } from "./compare-artifacts.ts";
import { compareManifests } from "./compare-manifests.ts";
import { checkFlux, short } from "./flux-report.ts";
import type { KeptTags, Turn } from "./kept.ts";
import { readManifests } from "./manifests.ts";
import { FluxObserver, type ObserverOptions } from "./observe.ts";
import { signerOf } from "./sign-artifact.ts";

export interface GitopsDriverOptions extends ObserverOptions {
  /** What shall be in a cluster, by the revision at hand; without keys. */
  readonly desired: (cluster: FleetCluster) => Promise<readonly DesiredObject[]>;
  /** The artifact of what a stack declares. Without objects it is one by which Flux deletes all. */
  readonly artifact: (
    stack: string,
    desired: readonly DesiredObject[],
    signer: string | undefined,
  ) => Promise<Artifact>;
  readonly kept: KeptTags;
  readonly tags: RegistryTags;
}

/**
 * Lets Flux deploy: publishes what a cluster shall have as an artifact, and moves the tag that Flux follows there when the
 * cluster's turn has come. What became of it is asked of the cluster's API, or read from what Flux has sent.
 */
export function createGitopsDriver(options: GitopsDriverOptions): ClusterDriver {
  const work = new GitopsWork(options);
  return {
    plan: (cluster, signal) =>
      attemptPlan(
        signal,
        () => work.pin(cluster),
        (pinned) => work.change(cluster, pinned, signal),
      ),
    preflight: (cluster, signal) => attempt(signal, () => work.preflight(cluster, signal)),
    preview: (cluster, signal) => attempt(signal, () => work.preview(cluster, signal)),
    apply: (cluster, signal) => attempt(signal, () => work.apply(cluster, signal)),
    health: (cluster, depth, signal) => attempt(signal, () => work.health(cluster, depth, signal)),
    rollback: (cluster, to, signal) => attempt(signal, () => work.rollback(cluster, to, signal)),
    drift: (cluster, signal) => attempt(signal, async () => work.drift(cluster, signal)),
  };
}

/** Clusters whose artifact is kept in memory. */
const remembered = 50;

/** What shall be in a cluster. */
interface Made {
  readonly desired: readonly DesiredObject[];
  readonly artifact: Artifact;
}

class GitopsWork {
  readonly #options: GitopsDriverOptions;
  readonly #observer: FluxObserver;
  readonly #recent = new Map<string, Made>();

  constructor(options: GitopsDriverOptions) {
    this.#options = options;
    this.#observer = new FluxObserver(options);
  }

  async pin(cluster: FleetCluster) {
    const desired = await this.#options.desired(cluster);
    await this.#options.kept.saveDesired(cluster.name, desired);
    const artifact = await this.#make(cluster, desired);
    return { desired, artifact, desiredDigest: pinOf(artifact) };
  }

  async change(cluster: FleetCluster | PlannedCluster, made: Made, signal: AbortSignal) {
    const tag = this.#tagOf(cluster, signal);
    const found = await tag.read();
    const compared = await compareWith(tag, found, made);
    if (found === undefined) return { found, ...compared };
    if (!tag.namesSigner(found)) return { found, ...compared, changes: [...compared.changes, notSigned] };
    // What is replaced anyway need not be verified, which takes a process for each cluster.
    const isGood = compared.changes.length > 0 || (await tag.isSignatureGood(found));
    return { found, ...compared, changes: isGood ? compared.changes : [notVerified] };
  }

  async preflight(cluster: PlannedCluster, signal: AbortSignal) {
    const tag = this.#tagOf(cluster, signal);
    const [found] = await Promise.all([tag.read(), this.#desiredOf(cluster)]);
    return { checks: [tag.check(found), ...(await this.#observer.preflight(observed(cluster), found))] };
  }

  async preview(cluster: PlannedCluster, signal: AbortSignal) {
    const { name, stack } = cluster;
    const made = await this.#desiredOf(cluster);
    const { found, changes } = await this.change(cluster, made, signal);
    const { artifact } = made;
    const own = artifact.manifest.digest;
    const expected = changes.length > 0 || found === undefined ? own : found.digest;
    if (expected === own) await publishSigned(this.#tagOf(cluster, signal), artifact);
    await this.#options.kept.saveTurn(name, { found: found?.digest, expected });
    const previous = await this.#options.kept.saveCapture(name, { version: 1, stack, digest: found?.digest });
    return { changes: changes.length, changeDigest: changeDigest(changes), previous };
  }

  async apply(cluster: PlannedCluster, signal: AbortSignal) {
    const [{ artifact }, { found, expected }] = await Promise.all([this.#desiredOf(cluster), this.#turnOf(cluster)]);
    const tag = this.#tagOf(cluster, signal);
    if (expected === artifact.manifest.digest) await tag.publish(artifact);
    await tag.move(expected, [found]);
    return {};
  }

  async health(cluster: PlannedCluster, depth: "full" | "poll", signal: AbortSignal): Promise<HealthReport> {
    const { expected } = await this.#turnOf(cluster);
    const tag = this.#tagOf(cluster, signal);
    const elsewhere = tag.checkPlace(await tag.read(), expected);
    if (elsewhere !== undefined) return judged([elsewhere]);
    const own = observed(cluster);
    const { report } = await this.#observer.report(own);
    const checks = checkFlux(report, expected, own.gitops.silenceMs, this.#options.now());
    if (own.gitops.observe === "events" || !judged(checks).healthy) return judged(checks);
    const { desired } = await this.#desiredOf(cluster);
    const namespaces = installationsOf(desired.map(({ object }) => object));
    return judged([...checks, ...(await this.#observer.installations(own, namespaces, depth))]);
  }

  /** Ends when Flux says that it is back: that the tag is, says nothing about a cluster that follows later, or not. */
  async rollback(cluster: PlannedCluster, to: Revision, signal: AbortSignal) {
    const { kept } = this.#options;
    const [{ digest }, turn] = await Promise.all([kept.readCapture(to), this.#turnOf(cluster)]);
    const own = observed(cluster);
    const rollbackSeq = turn.rollbackSeq ?? (await this.#observer.report(own)).seq;
    await kept.saveTurn(cluster.name, { ...turn, rollbackSeq });
    const tag = this.#tagOf(cluster, signal);
    const nothing = digest === undefined ? await this.#make(cluster, []) : undefined;
    if (nothing !== undefined) await publishSigned(tag, nothing);
    const wanted = digest ?? nothing?.manifest.digest ?? "";
    await tag.move(wanted, [`sha256:${cluster.desiredDigest}`, turn.expected, turn.found]);
    const { report, seq } = await this.#observer.report(own);
    const isNews = own.gitops.observe === "api" || seq > rollbackSeq;
    const isThere = report?.digest === wanted && (report.state === "healthy" || report.state === "applied");
    if (isNews && isThere) return {};
    const last = report === undefined ? "" : `; last it reported ${short(report.digest)}: ${report.message}`;
    throw rolloutErrors.EDGE_ROLLOUT_NOT_REPORTED({ cluster: cluster.name, digest: short(wanted), last });
  }

  async drift(cluster: FleetCluster, signal: AbortSignal) {
    const desired = await this.#options.desired(cluster);
    const artifact = await this.#make(cluster, desired);
    const { changes } = await this.change(cluster, { desired, artifact }, signal);
    return { changes };
  }

  /** Of a cluster whose steps follow each other it is made once: packing it takes time, and memory to collect. */
  async #desiredOf(cluster: PlannedCluster): Promise<Made> {
    const { name, desiredDigest } = cluster;
    const recent = this.#recent.get(name);
    if (recent !== undefined) return recent;
    const desired = await this.#options.kept.readDesired(name);
    const artifact = await this.#make(cluster, desired);
    checkPinned(name, desiredDigest, pinOf(artifact));
    const made = { desired, artifact };
    this.#recent.set(name, made);
    const [oldest] = this.#recent.keys();
    if (this.#recent.size > remembered && oldest !== undefined) this.#recent.delete(oldest);
    return made;
  }

  #make(cluster: FleetCluster | PlannedCluster, desired: readonly DesiredObject[]): Promise<Artifact> {
    const { sign } = observed(cluster).gitops;
    return this.#options.artifact(cluster.stack, desired, sign === undefined ? undefined : signerOf(sign));
  }

  async #turnOf({ name }: PlannedCluster): Promise<Turn> {
    const turn = await this.#options.kept.readTurn(name);
    if (turn === undefined) throw new Error(`cluster ${name} has not had its turn`);
    return turn;
  }

  #tagOf(cluster: FleetCluster | PlannedCluster, signal: AbortSignal): ClusterTag {
    return new ClusterTag(this.#options.tags, cluster.name, observed(cluster).gitops, signal);
  }
}

const notSigned: ObjectChange = {
  operation: "update",
  object: "signature of the artifact",
  fields: ["signed by nothing, or by another command than that of the fleet file"],
};
const notVerified: ObjectChange = {
  ...notSigned,
  fields: ["not good, as `gitops.sign.verify` of the fleet file has it"],
};

/** What it changes that a tag leads to the artifact. Flux gets the layer, byte for byte: of an equal one nothing is read. */
async function compareWith(tag: ClusterTag, found: TagState | undefined, { desired, artifact }: Made) {
  const objects = desired.map(({ object }) => object);
  if (found === undefined) return compareManifests([], objects);
  if (found.layer === artifact.layer.digest) return compareManifests(objects, objects);
  const files = await filesOf(artifact);
  return compareArtifacts(await tag.content(found), { files, manifests: await readManifests(files) });
}

/** Before any tag leads there, so that a Flux that verifies never sees it without its signature. */
async function publishSigned(tag: ClusterTag, artifact: Artifact): Promise<void> {
  await tag.publish(artifact);
  await tag.sign(artifact);
}

/** What a run pins: the digest of the artifact. */
function pinOf({ manifest }: Artifact): string {
  return manifest.digest.replace("sha256:", "");
}

function observed<Cluster extends FleetCluster | PlannedCluster>(cluster: Cluster) {
  const { gitops } = cluster;
  if (gitops === undefined) throw new Error(`cluster ${cluster.name} has no artifact`);
  return { ...cluster, gitops: gitops as GitopsTarget };
}

function judged(checks: readonly Check[]): HealthReport {
  return { healthy: checks.every(({ severity }) => severity !== "error"), checks };
}
