import { isBelow, type LiveObject, minorOf } from "../../kubernetes/index.ts";
import type { Check } from "../model/check.ts";
import { whenKnown } from "../model/observed.ts";
import { look } from "../model/rights.ts";
import { doubtful, fine, firstOf, type Verdict, wrong } from "../model/verdict.ts";
import { type DeclaredInstallation, declaredInstallations } from "./declared-installation.ts";
import type { DeploymentSeen } from "./observations.ts";
import { judgeReadOnlyMounts } from "./read-only-mounts.ts";

/** Kubelets run native sidecars, which the proxies are, by default from here; they are stable from 1.33. */
const sidecars = { major: 1, minor: 29 } as const;
const architectureLabel = "kubernetes.io/arch";

/** The nodes that pods shall run on. */
export const nodeChecks: readonly Check<DeploymentSeen>[] = [
  {
    id: "nodes-ready",
    what: "a node is ready and takes pods",
    help: "Without one, pods stay pending. See why nodes are not ready, or uncordon one.",
    rights: [look.nodes],
    judge: ({ nodes, hints }) => whenKnown({ nodes }, ({ nodes: all }) => judgeReady(all, hints.kubectl)),
  },
  {
    id: "sidecars",
    what: "kubelets run native sidecars: they are 1.29 or newer",
    help: "A module's proxy is a native sidecar. An older kubelet takes it for an init container that never ends, and the module never starts. Kubelets may be older than the API server.",
    rights: [look.nodes],
    judge: ({ nodes, hints }) => whenKnown({ nodes }, ({ nodes: all }) => judgeSidecars(all, hints.kubectl)),
  },
  {
    id: "architectures",
    what: "the nodes have the architecture of the images",
    help: "`edgectl images build` makes images for the machine that it runs on. Where nodes differ, name those that fit by `iotedged.nodeSelector` and `edgeAgent.nodeSelector`, and by `k8s-experimental.nodeSelector` of modules.",
    rights: [look.nodes],
    judge: ({ nodes, stack }) => {
      if (stack === undefined) return [];
      const { objects, builtFor } = stack;
      return whenKnown({ nodes, objects }, (seen) =>
        declaredInstallations(seen.objects).flatMap((one) => judgeArchitecture(one, seen.nodes, builtFor)),
      );
    },
  },
  {
    id: "read-only-mounts",
    what: "nodes can mount a path of theirs for reading only, with what is mounted below it, where modules ask for it",
    help: "A module that may only read a path of the node asks for `recursiveReadOnly: Enabled`. It takes Kubernetes 1.31, containerd 2.0 or CRI-O 1.30, and a kernel from 5.12 on, and a node tells in `status.runtimeHandlers` that it has them. On another node the module does not start.",
    rights: [look.nodes],
    judge: ({ nodes, stack }) => {
      if (stack === undefined) return [];
      const { objects } = stack;
      return whenKnown({ nodes, objects }, (seen) =>
        declaredInstallations(seen.objects).flatMap((one) => judgeReadOnlyMounts(one, seen.nodes.filter(takesPods))),
      );
    },
  },
];

function takesPods({ spec, status }: LiveObject): boolean {
  const conditions: readonly { type: string; status: string }[] = status?.conditions ?? [];
  const isReady = conditions.some(({ type, status: is }) => type === "Ready" && is === "True");
  return isReady && spec?.unschedulable !== true;
}

function judgeReady(nodes: readonly LiveObject[], kubectl: string): Verdict {
  const ready = nodes.filter(takesPods);
  const evidence = `${ready.length} of ${nodes.length} nodes`;
  if (ready.length > 0) return fine("a node takes pods", evidence);
  return wrong("no node is ready and takes pods", evidence, `See why: ${kubectl} get nodes -o wide`);
}

function judgeSidecars(nodes: readonly LiveObject[], kubectl: string): Verdict {
  const old = nodes.filter(({ status }) => {
    const version = minorOf(String(status?.nodeInfo?.kubeletVersion ?? ""));
    return version !== undefined && isBelow(version, sidecars);
  });
  if (old.length === 0) return fine("all kubelets run native sidecars");
  const told = old.map(({ metadata, status }) => `${metadata.name} has ${status.nodeInfo.kubeletVersion}`);
  const fix = `Update these nodes, or keep pods from them: ${kubectl} cordon ${old.map(({ metadata }) => metadata.name).join(" ")}`;
  return wrong(`${old.length} nodes do not run native sidecars`, firstOf(told), fix);
}

function judgeArchitecture(
  { namespace, iotedged }: DeclaredInstallation,
  nodes: readonly LiveObject[],
  builtFor: string | undefined,
): Verdict {
  const selector = Object.entries<string>(iotedged.spec?.template?.spec?.nodeSelector ?? {});
  const fitting = nodes.filter(({ metadata }) => selector.every(([key, value]) => metadata.labels?.[key] === value));
  const seen = fitting.map(
    ({ metadata, status }) => status?.nodeInfo?.architecture ?? metadata.labels?.[architectureLabel],
  );
  const found = [...new Set(seen.filter((one): one is string => one !== undefined && one !== ""))].sort();
  const evidence = `nodes: ${found.join(", ") || "no architecture told"}${builtFor === undefined ? "" : `; images: ${builtFor}`}`;
  const choose = (to: string) =>
    `Set iotedged.nodeSelector and edgeAgent.nodeSelector of ${namespace} to {"${architectureLabel}": "${to}"}`;
  if (builtFor !== undefined && found.length > 0 && !found.includes(builtFor)) {
    return wrong(
      `${namespace}: no node has the architecture of the images`,
      evidence,
      `Build the images on a machine of ${found[0]}: npx edgectl images build`,
    );
  }
  if (found.length <= 1) return fine(`${namespace}: the nodes have one architecture`, evidence);
  return doubtful(
    `${namespace}: nodes have several architectures, and images may be for one`,
    evidence,
    `${choose(builtFor ?? found[0] ?? "amd64")}, unless the images are for all of them.`,
  );
}
