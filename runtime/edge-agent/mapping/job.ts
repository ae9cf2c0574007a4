import { annotations } from "#contract";
import type { Module } from "#manifest";
import type { Job } from "#shared";
import { type Installation, moduleMetadata, objectNameOf } from "./installation.ts";
import { runHash } from "./job-run.ts";
import { podTemplate } from "./pod-template.ts";

/** A failing module is restarted without a limit, as IoT Edge's restart policies have it. */
const unlimited = 2_147_483_647;

/**
 * What runs a module that is not started again once it has ended well, or at all. It ends with the module's container:
 * the proxy beside it is a sidecar.
 *
 * A Job's template cannot be changed. Its annotation `config-hash` tells what would make the module run again: another
 * entry in the manifest, or another identity. New settings of the installation count from the next run on.
 *
 * @param generationId UID of the module's ServiceAccount
 */
export function jobOf(module: Module, installation: Installation, generationId: string): Job {
  const { replicas } = module.pod;
  const isRestarted = module.restartPolicy === "on-failure";
  const metadata = moduleMetadata(installation, objectNameOf(module.id, installation), module.id);
  const template = podTemplate(module, installation, generationId);
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      ...metadata,
      annotations: { ...metadata.annotations, [annotations.configHash]: runHash(module, generationId) },
    },
    spec: {
      suspend: module.status === "stopped",
      parallelism: replicas,
      completions: replicas,
      backoffLimit: isRestarted ? unlimited : 0,
      // Two pods at once would share one identity and mostly a volume.
      podReplacementPolicy: "Failed",
      template: { ...template, spec: { ...template.spec, restartPolicy: isRestarted ? "OnFailure" : "Never" } },
    } as NonNullable<Job["spec"]>,
  };
}
