import { createHash } from "node:crypto";
import type { V1Affinity, V1Container, V1PodSpec } from "@kubernetes/client-node";
import type { Wire } from "#base";
import {
  type AgentSettings,
  annotations,
  moduleSelector,
  pullCommandBase,
  pullerLabels,
  pullerPrefix,
  pullerSelector,
} from "#contract";
import { hasMovingTag } from "#manifest";
import {
  type Deployment,
  desiredHashOf,
  hardenedContainerSecurity,
  hardenedPodSecurity,
  withDesiredHash,
} from "#shared";
import type { Installation } from "./installation.ts";
import { isJob, isStopped, type Workload } from "./workload.ts";

/** Whoever it is: the container ends before it runs anything. */
const anyUser = 1000;
const hashLength = 20;
const mostWeight = 100;

/** An image that a node has to have, and when it is to ask the registry. */
interface Fetch {
  readonly image: string;
  readonly imagePullPolicy: string;
}

/** What a module's pods lack until images are fetched. */
export interface Puller {
  readonly object: Deployment;
  readonly images: readonly string[];
}

/**
 * What fetches the images of a changed module while its old pod still runs; undefined when nothing has to be fetched. One
 * that changes its proxy alone shares it with all others that do.
 */
export function pullerOf(desired: Workload, live: Workload, moduleId: string, installation: Installation) {
  if (isStopped(desired)) return undefined;
  const isKept = isRunning(live) && !overlaps(desired);
  const own = fetchOfModule(desired, live, isKept);
  const proxy = isKept ? fetchOfProxy(desired, live) : undefined;
  const fetches = [own, proxy].filter((fetch) => fetch !== undefined);
  if (fetches.length === 0) return undefined;
  const { imagePullSecrets = [] } = specOf(desired) ?? {};
  if (own === undefined) return puller(fetches, { imagePullSecrets }, {}, installation);
  const pod = { ...placementOf(desired, installation), imagePullSecrets };
  return puller(fetches, pod, { moduleId, version: versionOf(desired) }, installation);
}

/** The module's own image when it is another one, or when the module's `version` asks for the same moving tag anew. */
function fetchOfModule(desired: Workload, live: Workload, isKept: boolean): Fetch | undefined {
  const [wanted] = specOf(desired)?.containers ?? [];
  const [present] = specOf(live)?.containers ?? [];
  if (wanted?.image === undefined || wanted.imagePullPolicy === "Never") return undefined;
  const { image, imagePullPolicy = "IfNotPresent" } = wanted;
  const before = versionOf(live);
  const isBumped = before !== undefined && before !== versionOf(desired) && hasMovingTag(image);
  if (isBumped) return { image, imagePullPolicy: "Always" };
  // A node that asks the registry at each start cannot do without it, whatever has changed.
  const isOther = image !== present?.image || (imagePullPolicy === "Always" && hasChanged(desired, live));
  return isKept && isOther ? { image, imagePullPolicy } : undefined;
}

function fetchOfProxy(desired: Workload, live: Workload): Fetch | undefined {
  const [wanted] = specOf(desired)?.initContainers ?? [];
  const [present] = specOf(live)?.initContainers ?? [];
  if (wanted?.image === undefined || wanted.image === present?.image || wanted.imagePullPolicy === "Never") return;
  return { image: wanted.image, imagePullPolicy: wanted.imagePullPolicy ?? "IfNotPresent" };
}

const hasChanged = (one: Workload, other: Workload) => desiredHashOf(one) !== desiredHashOf(other);
const specOf = ({ spec }: Workload) => spec?.template.spec;
const versionOf = ({ spec }: Workload) => spec?.template.metadata?.annotations?.[annotations.moduleVersion];

function isRunning(workload: Workload): boolean {
  return isJob(workload) ? (workload.status?.active ?? 0) > 0 : (workload.status?.readyReplicas ?? 0) > 0;
}

/** Whether Kubernetes itself keeps old pods until new ones are ready. */
function overlaps(workload: Workload): boolean {
  if (isJob(workload)) return false;
  const { type, rollingUpdate } = workload.spec?.strategy ?? {};
  return type === "RollingUpdate" && !["0", "0%"].includes(String(rollingUpdate?.maxSurge));
}

/** Where the module's pod may run, and there, if it can, where the old one does. */
function placementOf(workload: Workload, { identity }: Installation): Partial<Wire<V1PodSpec>> {
  const { nodeSelector, tolerations, affinity } = specOf(workload) ?? {};
  const beside: V1Affinity["podAffinity"] = {
    preferredDuringSchedulingIgnoredDuringExecution: [
      {
        weight: mostWeight,
        podAffinityTerm: {
          labelSelector: { matchLabels: moduleSelector(identity.installation.name, workload.metadata.name) },
          topologyKey: "kubernetes.io/hostname",
        },
      },
    ],
  };
  const { nodeAffinity } = affinity ?? {};
  return {
    ...(nodeSelector === undefined ? {} : { nodeSelector }),
    ...(tolerations === undefined ? {} : { tolerations }),
    affinity: { ...(nodeAffinity === undefined ? {} : { nodeAffinity }), podAffinity: beside },
  };
}

/** @param of whose it is and what for: another one is another object */
function puller(
  fetches: readonly Fetch[],
  pod: Partial<Wire<V1PodSpec>>,
  of: { readonly moduleId?: string; readonly version?: string | undefined },
  installation: Installation,
): Puller {
  const { settings, identity, owner } = installation;
  const { name: instance, namespace } = identity.installation;
  // With the owner's uid in it, no image can be made for a name that somebody has worked out beforehand.
  const hash = createHash("sha256")
    .update(JSON.stringify([owner.uid, fetches, pod, of]))
    .digest("hex")
    .slice(0, hashLength);
  const name = `${pullerPrefix}${hash}`;
  const object: Deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name,
      namespace,
      labels: pullerLabels(instance, name),
      ...(of.moduleId === undefined ? {} : { annotations: { [annotations.moduleId]: of.moduleId } }),
      ownerReferences: [owner],
    },
    spec: {
      replicas: 1,
      revisionHistoryLimit: 0,
      selector: { matchLabels: pullerSelector(instance, name) },
      strategy: { type: "Recreate" },
      template: {
        metadata: { labels: pullerLabels(instance, name) },
        spec: {
          ...pod,
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: hardenedPodSecurity,
          terminationGracePeriodSeconds: 0,
          containers: fetches.map((fetch, index) => containerOf(fetch, index, name, settings)),
        },
      },
    },
  };
  return { object: withDesiredHash(object), images: fetches.map(({ image }) => image) };
}

/** There can be no such program in an image: the node fetches it, cannot start it, and says so. */
function containerOf(
  fetch: Fetch,
  index: number,
  puller: string,
  { proxy, assignedUsers }: AgentSettings,
): V1Container {
  return {
    name: `image-${index + 1}`,
    ...fetch,
    command: [`${pullCommandBase}${puller}`],
    resources: proxy.resources,
    securityContext: { ...hardenedContainerSecurity, ...(assignedUsers === true ? {} : { runAsUser: anyUser }) },
  };
}
