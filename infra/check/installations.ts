import { mapConcurrently } from "#base";
import { objectNames } from "#contract";
import { findInstallations, type Hints, namespacesOf } from "../deploy/index.ts";
import { afterChecks, lockChecks } from "./after/after-checks.ts";
import { serverChecks } from "./before/cluster-checks.ts";
import { checkErrors } from "./errors.ts";
import { aheadOf } from "./judge/clock.ts";
import { type CheckResult, runChecks } from "./model/check.ts";
import { notKnown } from "./model/observed.ts";
import { readServer } from "./observe/cluster-facts.ts";
import type { ClusterReader } from "./observe/cluster-reader.ts";
import { observe } from "./observe/observe.ts";
import { observeInstallation, observeShared } from "./observe/observe-installation.ts";
import type { DeclaredStack } from "./observe/stack-facts.ts";

export interface InstallationsOptions {
  /** Only this one; undefined: all that there are. */
  readonly namespace?: string | undefined;
  /** Only those of this stack. */
  readonly stack?: DeclaredStack | undefined;
  readonly hints: Hints;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** Installations that are looked at together. */
const width = 8;

/**
 * Checks the cluster's server and its installations, each along the chain from a module to iotedged's answer.
 *
 * @throws EDGE_CHECK_NO_INSTALLATION
 */
export async function checkInstallations(
  reader: ClusterReader,
  options: InstallationsOptions,
): Promise<readonly CheckResult[]> {
  const { hints, signal, stack } = options;
  const { cluster } = reader;
  const api = await observe(() => readServer(reader, options.now), signal);
  const ofServer = runChecks(
    serverChecks,
    { api, server: cluster.server, hints: { kubectl: hints.kubectl, up: undefined } },
    "cluster",
  );
  if (!api.known) return ofServer;
  // What is written in the cluster has the time there.
  const now = () => options.now() + aheadOf(api.value);
  const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease" };
  const [wanted, shared, leases] = await Promise.all([
    observe(() => namespacesFor(reader, options), signal),
    observeShared(reader, signal),
    observe(() => cluster.list(lease, { namespace: "default" }), signal),
  ]);
  const locks = leases.known ? { known: true as const, value: leases.value.filter(isOfRollout) } : leases;
  const ofCluster = [...ofServer, ...runChecks(lockChecks, { now: now(), locks }, "cluster")];
  if (!wanted.known) {
    const { message, ...rest } = notKnown(wanted.why);
    return [
      ...ofCluster,
      { ...rest, message, id: "objects", what: "", scope: "cluster", docs: "docs/check.md#objects" },
    ];
  }
  if (wanted.value.length === 0) {
    const { namespace } = options;
    const ofStack = stack === undefined ? [] : ["--stack", stack.name];
    const ofNamespace = namespace === undefined ? [] : ["-n", namespace];
    const before = hints.edgectl(["check", "--pre", ...ofStack, ...ofNamespace]);
    throw checkErrors.EDGE_CHECK_NO_INSTALLATION({ where: namespace ?? cluster.context, before });
  }
  const declared = stack?.objects.known ? stack.objects.value : undefined;
  const results = await mapConcurrently(
    wanted.value,
    async (namespace) => {
      const seen = await observeInstallation(reader, shared, { namespace, hints, declared, now, signal });
      return runChecks(afterChecks, seen, namespace);
    },
    width,
  );
  return [...ofCluster, ...results.flat()];
}

/** Leases by which rollouts lock stacks are named so. */
const isOfRollout = ({ metadata }: { readonly metadata: { readonly name: string } }) =>
  /^iotedge-.*-rollout$/.test(metadata.name);

async function namespacesFor(
  { cluster }: ClusterReader,
  { namespace, stack }: InstallationsOptions,
): Promise<readonly string[]> {
  const ofStack = stack?.objects.known ? namespacesOf(stack.objects.value) : undefined;
  if (namespace !== undefined) {
    const isWanted = ofStack?.includes(namespace) ?? true;
    return isWanted && (await isInstalled(cluster, namespace)) ? [namespace] : [];
  }
  if (ofStack !== undefined) return [...ofStack].sort();
  return [...(await findInstallations(cluster))].sort();
}

/** Also where its Deployment is gone: that is for the checks to say. */
async function isInstalled(cluster: ClusterReader["cluster"], namespace: string): Promise<boolean> {
  const refs = [
    { apiVersion: "apps/v1", kind: "Deployment", name: objectNames.iotedged },
    { apiVersion: "v1", kind: "ConfigMap", name: objectNames.iotedgedConfig },
  ];
  const found = await Promise.all(refs.map((ref) => observe(() => cluster.get({ ...ref, namespace }))));
  return found.some((one) => !one.known || one.value !== undefined);
}
