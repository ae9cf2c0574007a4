import { existsSync } from "node:fs";
import { KubeConfig } from "@kubernetes/client-node";
import { kubernetesErrors } from "./errors.ts";

/** Where {@link loadKubeConfig} looks; the process environment by default. */
type Environment = Readonly<Record<string, string | undefined>>;

/**
 * How to reach the API server: the file that `KUBECONFIG` names, else the pod's own service account, whose rotating
 * token is read again each minute.
 *
 * @throws EDGE_KUBERNETES_NO_CONFIG when there is neither
 */
export function loadKubeConfig(environment: Environment = process.env): KubeConfig {
  const config = new KubeConfig();
  const file = environment.KUBECONFIG;
  if (file) {
    if (!existsSync(file)) throw kubernetesErrors.EDGE_KUBERNETES_NO_CONFIG({ reason: `no file ${file}` });
    config.loadFromFile(file);
    return config;
  }
  if (!environment.KUBERNETES_SERVICE_HOST) {
    throw kubernetesErrors.EDGE_KUBERNETES_NO_CONFIG({ reason: "KUBERNETES_SERVICE_HOST is not set" });
  }
  config.loadFromCluster();
  return config;
}
