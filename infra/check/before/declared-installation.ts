import { isJsonObject, parseJson } from "#base";
import { type AgentSettings, dataKeys, objectNames } from "#contract";
import type { KubernetesObject } from "../../render/index.ts";

/** An installation as its stack declares it, as far as it matters before it is deployed. */
export interface DeclaredInstallation {
  readonly namespace: string;
  // biome-ignore lint/suspicious/noExplicitAny: a Deployment, of which single fields are read
  readonly iotedged: any;
  /** Undefined where the configuration does not tell it yet. */
  readonly settings: AgentSettings | undefined;
  /** Text of the deployment manifest; undefined where it cannot be known yet. */
  readonly manifest: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: NetworkPolicies, of which single fields are read
  readonly networkPolicies: readonly any[];
}

/** The installations among the objects of a stack. */
export function declaredInstallations(objects: readonly KubernetesObject[]): readonly DeclaredInstallation[] {
  const own = (kind: string, namespace: string) =>
    objects.filter((object) => object.kind === kind && (object.metadata.namespace ?? "default") === namespace);
  return objects
    .filter(({ kind, metadata }) => kind === "Deployment" && metadata.name === objectNames.iotedged)
    .map((iotedged) => {
      const namespace = iotedged.metadata.namespace ?? "default";
      const textOf = (name: string, key: string) => {
        const found = own("ConfigMap", namespace).find(({ metadata }) => metadata.name === name);
        const text = (found as { readonly data?: Readonly<Record<string, unknown>> } | undefined)?.data?.[key];
        return typeof text === "string" ? text : undefined;
      };
      const settings = parseJson(textOf(objectNames.agentConfig, dataKeys.agentConfig));
      return {
        namespace,
        iotedged,
        settings: isJsonObject(settings) ? (settings as unknown as AgentSettings) : undefined,
        manifest: textOf(objectNames.deployment, dataKeys.deployment),
        networkPolicies: own("NetworkPolicy", namespace),
      };
    });
}
