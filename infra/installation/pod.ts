import type * as k8s from "@pulumi/kubernetes";
import {
  annotations,
  componentLabels,
  componentSelector,
  mountPaths,
  objectNames,
  type Placement,
  portNames,
  ports,
  tokenLifetimeSeconds,
} from "#contract";
import type { InstallationId } from "./scope.ts";

/** What differs from one installation's iotedged pod to another's. */
export interface IotedgedPodSettings {
  readonly image: string;
  readonly imagePullPolicy: string;
  readonly imagePullSecrets: readonly string[];
  readonly resources: k8s.types.input.core.v1.ResourceRequirements;
  readonly placement: Placement;
  /** Name of the Secret with the workload CA. */
  readonly workloadCaSecret: string;
  /** Name of the Secret with the identity key. */
  readonly identitySecret: string;
  /** Name of the Secret with the device's credential; absent where the installation stands alone. */
  readonly provisioningSecret?: string | undefined;
  /** Whether the platform gives pods their users and groups. */
  readonly assignedUsers: boolean;
  /** Hash of what iotedged reads at start only. */
  readonly configHash: string;
}

type Container = k8s.types.input.core.v1.Container;
type Volume = k8s.types.input.core.v1.Volume;
type VolumeMount = k8s.types.input.core.v1.VolumeMount;

/** User and group of the images, which also own what is mounted. */
const user = 1000;
const ownerReadOnly = 0o440;

/** Pod template of Deployment `iotedged`. It satisfies the pod security level `restricted`. */
export function iotedgedPodTemplate(
  id: InstallationId,
  settings: IotedgedPodSettings,
): k8s.types.input.core.v1.PodTemplateSpec {
  return {
    metadata: {
      labels: componentLabels("iotedged", id.name),
      annotations: { [annotations.configHash]: settings.configHash },
    },
    spec: {
      serviceAccountName: objectNames.iotedged,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 30,
      securityContext: {
        runAsNonRoot: true,
        ...(!settings.assignedUsers && { runAsUser: user, runAsGroup: user, fsGroup: user }),
        seccompProfile: { type: "RuntimeDefault" },
      },
      ...(settings.imagePullSecrets.length > 0 && {
        imagePullSecrets: settings.imagePullSecrets.map((name) => ({ name })),
      }),
      ...(settings.placement as Partial<k8s.types.input.core.v1.PodSpec>),
      topologySpreadConstraints: [
        {
          topologyKey: "kubernetes.io/hostname",
          maxSkew: 1,
          whenUnsatisfiable: "ScheduleAnyway",
          labelSelector: { matchLabels: componentSelector("iotedged", id.name) },
        },
      ],
      containers: [iotedgedContainer(settings)],
      volumes: mountsOf(settings).map(({ volume }) => volume),
    },
  };
}

function iotedgedContainer(settings: IotedgedPodSettings): Container {
  return {
    name: objectNames.iotedged,
    image: settings.image,
    imagePullPolicy: settings.imagePullPolicy,
    resources: settings.resources,
    env: [fieldVariable("POD_NAME", "metadata.name"), fieldVariable("POD_NAMESPACE", "metadata.namespace")],
    ports: [
      { name: portNames.management, containerPort: ports.management },
      { name: portNames.workload, containerPort: ports.workload },
      { name: portNames.observability, containerPort: ports.observability },
    ],
    startupProbe: { httpGet: probe("/startupz"), periodSeconds: 1, timeoutSeconds: 2, failureThreshold: 60 },
    livenessProbe: { httpGet: probe("/livez"), periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
    readinessProbe: { httpGet: probe("/readyz"), periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 2 },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    volumeMounts: mountsOf(settings).map(({ mount }) => mount),
  };
}

function fieldVariable(name: string, fieldPath: string) {
  return { name, valueFrom: { fieldRef: { fieldPath } } };
}

function probe(path: string) {
  return { path, port: portNames.observability };
}

/** API server's token, CA and namespace in the files where client libraries look; renewed by the kubelet. */
const kubernetesToken: Volume = {
  name: "kubernetes-token",
  projected: {
    defaultMode: ownerReadOnly,
    sources: [
      { serviceAccountToken: { path: "token", expirationSeconds: tokenLifetimeSeconds } },
      { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
      { downwardAPI: { items: [{ path: "namespace", fieldRef: { fieldPath: "metadata.namespace" } }] } },
    ],
  },
};

type Keys = Pick<IotedgedPodSettings, "workloadCaSecret" | "identitySecret" | "provisioningSecret">;

const mountsOf = (keys: Keys): readonly { readonly volume: Volume; readonly mount: VolumeMount }[] => [
  configMap("config", objectNames.iotedgedConfig, mountPaths.iotedgedConfig),
  configMap("agent-config", objectNames.agentConfig, mountPaths.agentConfig),
  configMap("trust-bundle", objectNames.trustBundle, mountPaths.trustBundle),
  secret("workload-ca", keys.workloadCaSecret, mountPaths.workloadCa),
  secret("identity", keys.identitySecret, mountPaths.identity),
  ...(keys.provisioningSecret === undefined
    ? []
    : [secret("provisioning", keys.provisioningSecret, mountPaths.provisioning)]),
  mounted(kubernetesToken, mountPaths.kubernetesToken),
  {
    volume: { name: "scratch", emptyDir: { sizeLimit: "16Mi" } },
    mount: { name: "scratch", mountPath: mountPaths.scratch },
  },
];

function configMap(volumeName: string, name: string, mountPath: string) {
  return mounted({ name: volumeName, configMap: { name } }, mountPath);
}

function secret(volumeName: string, secretName: string, mountPath: string) {
  return mounted({ name: volumeName, secret: { secretName, defaultMode: ownerReadOnly } }, mountPath);
}

function mounted(volume: Volume, mountPath: string) {
  return { volume, mount: { name: volume.name, mountPath, readOnly: true } };
}
