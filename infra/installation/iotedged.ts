import { createHash } from "node:crypto";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { componentSelector, objectNames, portNames, ports } from "#contract";
import type { EdgeInstallationArgs } from "./args.ts";
import { defaults } from "./defaults.ts";
import { derive } from "./inputs.ts";
import { foreignCaSecret } from "./issued-ca.ts";
import { placementOf } from "./placement.ts";
import { iotedgedPodTemplate } from "./pod.ts";
import { type InstallationScope, metadata } from "./scope.ts";

const component = "iotedged";

/**
 * Declares Deployment, Service and PodDisruptionBudget of iotedged.
 *
 * @param config content of ConfigMap `iotedged-config`; a change rolls the pods. The other files are watched.
 * @param needs what must exist before the first pod starts, and until the last one has ended
 */
export function declareIotedged(
  scope: InstallationScope,
  args: EdgeInstallationArgs,
  config: pulumi.Input<string>,
  needs: readonly pulumi.Resource[],
): void {
  const meta = metadata(scope, component, objectNames.iotedged);
  const resourceName = `${scope.resourceName}-${objectNames.iotedged}`;
  const selector = derive(scope.id, (id) => componentSelector(component, id.name));
  new k8s.apps.v1.Deployment(
    resourceName,
    { metadata: meta, spec: deploymentSpec(scope, args, config) },
    pulumi.mergeOptions(scope.namespaced, { dependsOn: [...needs] }),
  );
  new k8s.core.v1.Service(
    resourceName,
    { metadata: meta, spec: { selector, ports: [servicePort("management"), servicePort("workload")] } },
    scope.namespaced,
  );
  new k8s.policy.v1.PodDisruptionBudget(
    resourceName,
    // Not `minAvailable`: with one replica that would keep its node from ever being drained.
    { metadata: meta, spec: { maxUnavailable: 1, selector: { matchLabels: selector } } },
    scope.namespaced,
  );
}

function deploymentSpec(
  scope: InstallationScope,
  args: EdgeInstallationArgs,
  config: pulumi.Input<string>,
): pulumi.Input<k8s.types.input.apps.v1.DeploymentSpec> {
  const given = {
    id: scope.id,
    config,
    image: args.images.iotedged,
    imagePullPolicy: args.imagePullPolicy ?? defaults.imagePullPolicy,
    imagePullSecrets: args.imagePullSecrets ?? [],
    iotedged: { ...defaults.iotedged, ...args.iotedged },
  };
  return derive(given, ({ id, config: content, iotedged, ...pod }) => ({
    replicas: iotedged.replicas,
    selector: { matchLabels: componentSelector(component, id.name) },
    strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
    template: iotedgedPodTemplate(id, {
      ...pod,
      resources: iotedged.resources,
      placement: placementOf(iotedged),
      workloadCaSecret: foreignCaSecret(args.trust?.workloadCa) ?? objectNames.workloadCa,
      assignedUsers: args.podSecurity?.assignedUsers ?? defaults.podSecurity.assignedUsers,
      identitySecret: args.identity?.existingSecret ?? objectNames.identity,
      provisioningSecret: args.provisioning?.existingSecret,
      configHash: createHash("sha256").update(content, "utf8").digest("hex"),
    }),
  }));
}

function servicePort(name: "management" | "workload") {
  return { name: portNames[name], port: ports[name], targetPort: portNames[name], appProtocol: "https" };
}
