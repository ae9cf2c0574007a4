import { parseManifest } from "#manifest";
import type { LiveObject } from "../../kubernetes/index.ts";
import { doubtful, fine, firstOf, type Verdict, wrong } from "../model/verdict.ts";
import type { DeclaredInstallation } from "./declared-installation.ts";

/** How a node runs containers, as it tells from Kubernetes 1.30 on; the one without a name is for pods that name none. */
interface RuntimeHandler {
  readonly name?: string;
  readonly features?: { readonly recursiveReadOnlyMounts?: boolean };
}

/**
 * Whether nodes can mount a path for reading only with all that is mounted below it. On a node that cannot, a pod that asks
 * for it does not start.
 *
 * @param nodes those that take pods
 */
export function judgeReadOnlyMounts(
  { namespace, manifest, settings }: DeclaredInstallation,
  nodes: readonly LiveObject[],
): Verdict {
  const parsed =
    manifest === undefined || settings === undefined ? undefined : parseManifest(manifest, settings.modules);
  const modules = parsed?.ok ? parsed.manifest.modules : [];
  const asking = modules.filter(({ status, container }) => {
    const isRun = status === "running";
    return isRun && container.mounts.some(({ recursiveReadOnly }) => recursiveReadOnly === "Enabled");
  });
  if (asking.length === 0) return fine(`${namespace}: no module mounts a path of the node for reading only`);
  if (nodes.length === 0) return fine(`${namespace}: there is no node yet that could tell`);
  const without = nodes.filter((node) => !canMountSo(node));
  if (without.length === 0) return fine(`${namespace}: the nodes can mount paths for reading only`);
  const told = without.map(({ metadata, status }) => `${metadata.name} has ${versionsOf(status?.nodeInfo)}`);
  const evidence = `asked for by ${firstOf(asking.map(({ id }) => id))}; ${firstOf(told)}`;
  const fix =
    "Update these nodes to Kubernetes 1.31 and containerd 2.0 or CRI-O 1.30, keep the modules from them by their nodeSelector, " +
    `or let ${namespace} go without: "recursiveReadOnly": "IfPossible" beside the pathPrefix in edgeAgent.policy.hostPaths`;
  return without.length === nodes.length
    ? wrong(`${namespace}: no node says that it can mount what is below a path for reading only`, evidence, fix)
    : doubtful(
        `${namespace}: some nodes do not say that they can mount what is below a path for reading only`,
        evidence,
        fix,
      );
}

function canMountSo({ status }: LiveObject): boolean {
  const handlers: readonly RuntimeHandler[] = status?.runtimeHandlers ?? [];
  return handlers.some(({ name = "", features }) => name === "" && features?.recursiveReadOnlyMounts === true);
}

function versionsOf(info: { readonly kubeletVersion?: string; readonly containerRuntimeVersion?: string } | undefined) {
  return (
    [info?.kubeletVersion, info?.containerRuntimeVersion].filter((one) => one !== undefined).join(", ") || "no version"
  );
}
