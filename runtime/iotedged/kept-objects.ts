import { objectNames } from "#contract";
import type { Deployment, Pod } from "../shared/kubernetes/kinds.ts";

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

function keptOfContainers(containers: Containers): Containers {
  return containers.map(({ name, image }) => ({ name, ...(image !== undefined && { image }) }));
}
