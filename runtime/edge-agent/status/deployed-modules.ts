import { annotations } from "#contract";
import { lastInOrder, type Module, plainOptions } from "#manifest";
import { isStopped, type Workload } from "../mapping/workload.ts";
import { isOurs } from "../reconcile/observed.ts";

/**
 * The modules that are deployed while no manifest is in force, read from their objects: EdgeAgent was restarted while
 * the newest manifest is refused, and leaves alone what an earlier one deployed.
 */
export function deployedModules(workloads: readonly Workload[], installation: string): readonly Module[] {
  return workloads.filter((workload) => isOurs(workload, installation)).map(moduleOf);
}

function moduleOf(workload: Workload): Module {
  const { metadata, spec } = workload;
  const id = metadata.annotations?.[annotations.moduleId] ?? metadata.name;
  const container = spec?.template.spec?.containers.find(({ name }) => name === metadata.name);
  return {
    id,
    status: isStopped(workload) ? "stopped" : "running",
    restartPolicy: restartPolicyOf(spec?.template.spec?.restartPolicy),
    imagePullPolicy: container?.imagePullPolicy === "Never" ? "never" : "on-create",
    environment: new Map(),
    startupOrder: lastInOrder,
    ...plainOptions,
    image: container?.image ?? "",
  };
}

function restartPolicyOf(policy: string | undefined): Module["restartPolicy"] {
  if (policy === "Never") return "never";
  return policy === "OnFailure" ? "on-failure" : "always";
}
