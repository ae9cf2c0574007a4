import { labels, objectNames } from "#contract";
import type { Deployment, Job, Pod } from "#shared";

type Containers = NonNullable<Pod["spec"]>["containers"];

/**
 * What iotedged keeps of any pod of the namespace: of one without a module's label, which may have a module's token all
 * the same, only whether that counts.
 */
export function keptOfAnyPod(pod: Pod): Pod {
  if (pod.metadata.labels?.[labels.module] !== undefined) return keptOfPod(pod);
  const { name, uid, resourceVersion, deletionTimestamp } = pod.metadata;
  const phase = pod.status?.phase;
  return {
    apiVersion: pod.apiVersion,
    kind: pod.kind,
    metadata: {
      name,
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
      ...(deletionTimestamp !== undefined && { deletionTimestamp }),
    },
    status: { ...(phase !== undefined && { phase }) },
  };
}

/** What iotedged keeps of a pod: who it is, the names and images of its containers, and how they fare. */
export function keptOfPod(pod: Pod): Pod {
  const { annotations: _, ownerReferences: __, ...metadata } = pod.metadata;
  const { containers = [], nodeName, hostname } = pod.spec ?? {};
  const spec = {
    containers: keptOfContainers(containers),
    ...(nodeName !== undefined && { nodeName }),
    ...(hostname !== undefined && { hostname }),
  };
  const { conditions: ___, ...status } = pod.status ?? {};
  return { ...pod, metadata, spec, status };
}

/** What iotedged keeps of a module's Deployment: no pod template but images. EdgeAgent's it compares, so that stays whole. */
export function keptOfDeployment(deployment: Deployment): Deployment {
  const { metadata, spec } = deployment;
  if (metadata.name === objectNames.edgeAgent || spec === undefined) return deployment;
  const containers = keptOfContainers(spec.template.spec?.containers ?? []);
  return { ...deployment, spec: { ...spec, template: { spec: { containers } } } };
}

/** What iotedged keeps of a module's Job: whether it is to run and how it ended, and of its pod template the images. */
export function keptOfJob(job: Job): Job {
  const { metadata, spec, status } = job;
  if (spec === undefined) return job;
  const { containers = [] } = spec.template.spec ?? {};
  const template = { spec: { containers: keptOfContainers(containers) } };
  const { suspend = false } = spec;
  const { conditions = [] } = status ?? {};
  return { ...job, metadata, spec: { suspend, template }, status: { conditions } };
}

function keptOfContainers(containers: Containers): Containers {
  return containers.map(({ name, image }) => ({ name, ...(image !== undefined && { image }) }));
}
