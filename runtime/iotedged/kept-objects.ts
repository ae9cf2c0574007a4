import { objectNames } from "#contract";
import type { Deployment, Job, Pod } from "#shared";

type Containers = NonNullable<Pod["spec"]>["containers"];

/** What iotedged keeps of a pod: who it is, the names and images of its containers, and how they fare. */
export function keptOfPod(pod: Pod): Pod {
  const { annotations: _, ownerReferences: __, ...metadata } = pod.metadata;
  const { containers = [], nodeName } = pod.spec ?? {};
  const spec = { containers: keptOfContainers(containers), ...(nodeName !== undefined && { nodeName }) };
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
