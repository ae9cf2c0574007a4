import { claimOf } from "../../../runtime/edge-agent/mapping/claim.ts";
import { desiredObjects } from "../../../runtime/edge-agent/mapping/desired-objects.ts";
import type { Installation } from "../../../runtime/edge-agent/mapping/installation.ts";
import { pullSecretOf } from "../../../runtime/edge-agent/mapping/pull-secret.ts";
import { pullerOf } from "../../../runtime/edge-agent/mapping/puller.ts";
import type { Module } from "../../../runtime/manifest/manifest.ts";
import type { Deployment } from "../../../runtime/shared/kubernetes/kinds.ts";
import { modulesOf } from "../../fakes/edge-installation.ts";
import type { Originals } from "./attempts.ts";

/** Image of the modules that are tried. No pod of them ever starts. */
export const image = "registry.example.com/sample:1.0";

/** Objects of module `thief` as EdgeAgent of the installation would make them. */
export function originalsOf(target: Installation): Originals {
  const createOptions = { ExposedPorts: { "8080/tcp": {} }, HostConfig: { PortBindings: { "8080/tcp": [{}] } } };
  const objectsOf = (restartPolicy: string) => {
    const [module] = modulesOf({ thief: { restartPolicy, settings: { image, createOptions } } });
    return structuredClone(desiredObjects(module as Module, target, "generation-1"));
  };
  const registries = [{ address: "registry.example.com", username: "u", password: "p" }];
  return {
    namespace: target.identity.installation.namespace,
    instance: target.identity.installation.name,
    deployment: () => objectsOf("always").workload,
    job: () => objectsOf("never").workload,
    service: () => objectsOf("always").services[0],
    serviceAccount: () => objectsOf("always").serviceAccount,
    claim: () => claimOf({ name: "data", moduleId: "thief", options: {} }, target, undefined),
    puller: () => {
      const desired = objectsOf("always").workload as Deployment;
      const live = structuredClone({ ...desired, status: { readyReplicas: 1 } });
      for (const container of live.spec?.template.spec?.containers ?? [])
        container.image = "registry.example.com/old:1";
      return structuredClone(pullerOf(desired, live, "thief", target)?.object);
    },
    pullSecret: () => pullSecretOf({ ...target, credentials: { secretNames: [], registries } }),
  };
}
