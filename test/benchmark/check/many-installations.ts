import { mapConcurrently } from "#base";
import { objectNames } from "#contract";
import { createSender } from "../../../infra/kubernetes/api-request.ts";
import { connect } from "../../../infra/kubernetes/cluster.ts";
import type { LiveObject, ObjectToApply } from "../../../infra/kubernetes/kubernetes-types.ts";
import { renderStack } from "../../../infra/render/render-stack.ts";
import { makeProject, manifestOf, type Target, type TestInstallation } from "../../integration/check/installation.ts";
import { runningStatus } from "../../integration/check/stand-in.ts";

/** Requests at a time. */
const width = 16;
const mergePatch = "application/merge-patch+json";

/**
 * Deploys a stack of further installations, and gives each what iotedged, EdgeAgent and a kubelet have made of a first one.
 *
 * @returns what takes the stack's project away
 */
export async function deployMore(
  target: Target,
  first: TestInstallation,
  namespaces: readonly string[],
  apiPort: number,
) {
  const project = await makeProject("fleet");
  const rest = {
    ...{ createNamespace: true, networkPolicy: { apiServerPorts: [443, apiPort] } },
    ...{ iotedged: { replicas: 1 }, deployment: manifestOf({ sensor: {} }) },
  };
  await project.declare(namespaces.map((namespace) => ({ namespace, ...rest })));
  const cluster = await connect(target);
  const { objects } = await renderStack({ projectDirectory: project.directory, stack: project.stack });
  // Nobody else writes to this cluster: what a deployment looks at before and after it would take most of the time.
  const { namespaces: places = [], others = [] } = Object.groupBy(objects, ({ object }) =>
    object.kind === "Namespace" ? "namespaces" : "others",
  );
  for (const group of [places, others]) {
    await mapConcurrently(group, ({ object }) => cluster.apply(object as ObjectToApply), width);
  }
  const made = await madeByRuntime(first);
  await mapConcurrently(
    namespaces,
    async (namespace) => {
      for (const object of made) await cluster.apply(copyOf(object, first.namespace, namespace));
    },
    width,
  );
  await runPods(target, first.node, namespaces);
  return project;
}

/** What no stack declares: EdgeAgent, its modules, what it reports, and who leads. */
async function madeByRuntime({ cluster, namespace, get }: TestInstallation): Promise<readonly LiveObject[]> {
  const deployments = await cluster.list({ apiVersion: "apps/v1", kind: "Deployment" }, { namespace });
  return [
    await get("v1", "ServiceAccount", "sensor"),
    await get("v1", "ConfigMap", objectNames.status),
    await get("coordination.k8s.io/v1", "Lease", "iotedged"),
    ...deployments.filter(({ metadata }) => metadata.name !== objectNames.iotedged),
    ...(await cluster.list({ apiVersion: "v1", kind: "Service" }, { namespace })).filter(
      ({ metadata }) => metadata.name !== objectNames.iotedged,
    ),
  ].map(({ apiVersion, kind, ...rest }) => ({
    ...rest,
    apiVersion: apiVersion ?? (rest.spec?.ports === undefined ? "apps/v1" : "v1"),
    kind: kind ?? (rest.spec?.ports === undefined ? "Deployment" : "Service"),
  }));
}

function copyOf({ status: _, metadata, ...rest }: LiveObject, from: string, to: string): ObjectToApply {
  const { name, labels, annotations } = metadata;
  const { clusterIP: __, clusterIPs: ___, ...spec } = rest.spec ?? {};
  const own = {
    ...rest,
    ...(rest.spec === undefined ? {} : { spec }),
    metadata: { name, namespace: to, labels, annotations },
  };
  return JSON.parse(JSON.stringify(own).replaceAll(from, to));
}

/** Stands for the kubelet until every Deployment has its pods, and all of them run. */
async function runPods(target: Target, node: string, namespaces: readonly string[]): Promise<void> {
  const cluster = await connect(target);
  const send = createSender(cluster.config);
  const wanted = new Set(namespaces);
  const perInstallation = 3;
  const running = new Set<string>();
  while (running.size < namespaces.length * perInstallation) {
    const all = await cluster.list({ apiVersion: "v1", kind: "Pod" });
    const own = all.filter(({ metadata }) => wanted.has(metadata.namespace ?? ""));
    await mapConcurrently(
      own.filter(({ metadata }) => !running.has(metadata.uid ?? "")),
      async (pod) => {
        const { namespace, name } = pod.metadata;
        const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
        const bound = { apiVersion: "v1", kind: "Node", name: node };
        if (pod.spec.nodeName === undefined)
          await send({ method: "POST", path: `${path}/binding`, body: { metadata: { name }, target: bound } });
        const status = runningStatus(pod, `10.${2 + (running.size >> 8)}.0.${running.size & 255 || 1}`);
        await send({ method: "PATCH", path: `${path}/status`, body: { status }, contentType: mergePatch });
        running.add(pod.metadata.uid ?? "");
      },
    );
  }
}
