import { moduleSelector } from "#contract";
import type { Module } from "#manifest";
import type { Deployment } from "#shared";
import { type Installation, moduleMetadata, objectNameOf } from "./installation.ts";
import { podTemplate } from "./pod-template.ts";
import { strategyOf } from "./strategy.ts";

const revisionHistory = 2;

/**
 * What keeps the module running.
 *
 * @param generationId UID of the module's ServiceAccount
 */
export function deploymentOf(module: Module, installation: Installation, generationId: string): Deployment {
  const name = objectNameOf(module.id, installation);
  const instance = installation.identity.installation.name;
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: moduleMetadata(installation, name, module.id),
    spec: {
      replicas: module.status === "stopped" ? 0 : module.pod.replicas,
      revisionHistoryLimit: revisionHistory,
      selector: { matchLabels: moduleSelector(instance, name) },
      strategy: strategyOf(module),
      template: podTemplate(module, installation, generationId),
    },
  };
}
