import type { V1Volume, V1VolumeMount } from "@kubernetes/client-node";
import type { Wire } from "#base";
import { dataKeys, moduleTokenFile, mountPaths, objectNames, tokenLifetimeSeconds, volumeNames } from "#contract";

/** Scratch space of the proxy: two sockets of its own. */
const proxyScratchSize = "16Mi";

/**
 * The volumes that the proxy sidecar needs: the module's token, the trust bundle and scratch space in memory.
 *
 * @param options.audience of the token: `tokenAudience(installation)`
 */
export function proxyVolumes(options: { readonly audience: string }): Wire<V1Volume>[] {
  const { audience } = options;
  const token = { audience, expirationSeconds: tokenLifetimeSeconds, path: moduleTokenFile };
  return [
    { name: volumeNames.moduleToken, projected: { sources: [{ serviceAccountToken: token }] } },
    {
      name: volumeNames.trustBundle,
      configMap: {
        name: objectNames.trustBundle,
        items: [{ key: dataKeys.trustBundle, path: dataKeys.trustBundle }],
      },
    },
    { name: volumeNames.proxyScratch, emptyDir: { medium: "Memory", sizeLimit: proxyScratchSize } },
  ];
}

/**
 * The API server's token, CA and namespace for one container: a pod's `automountServiceAccountToken` would give them to
 * every container.
 */
export const kubernetesTokenVolume: Wire<V1Volume> = {
  name: volumeNames.kubernetesToken,
  projected: {
    sources: [
      { serviceAccountToken: { expirationSeconds: tokenLifetimeSeconds, path: "token" } },
      { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
      { downwardAPI: { items: [{ path: "namespace", fieldRef: { fieldPath: "metadata.namespace" } }] } },
    ],
  },
};

/** Mount of {@link kubernetesTokenVolume}. */
export const kubernetesTokenMount: V1VolumeMount = {
  name: volumeNames.kubernetesToken,
  mountPath: mountPaths.kubernetesToken,
  readOnly: true,
};
