import type { V1PodSpec, V1Toleration } from "@kubernetes/client-node";
import type { ModuleSettings } from "#contract";
import { lostNodeTaints, type Module } from "#manifest";

/**
 * What a module's pod tolerates: what the module says, and a lost node for as long as the installation says. Where the
 * module's data is on that node, or may be, it is no gain to have another pod without it.
 */
export function tolerationsOf(module: Module, settings: ModuleSettings): Pick<V1PodSpec, "tolerations"> {
  const own = module.pod.tolerations ?? [];
  const { lostNode } = settings;
  const added = lostNodeTaints.filter((key) => lostNode !== undefined && !own.some((one) => covers(one, key)));
  if (own.length === 0 && added.length === 0) return {};
  const stays = lostNode?.withVolume === "stay" && hasVolumeOfOneNode(module, settings);
  const seconds = stays ? {} : { tolerationSeconds: lostNode?.seconds ?? 0 };
  return {
    tolerations: [...own, ...added.map((key) => ({ key, operator: "Exists", effect: "NoExecute", ...seconds }))],
  };
}

function covers({ key, effect }: V1Toleration, taint: string): boolean {
  return (key === undefined || key === taint) && (effect === undefined || effect === "NoExecute");
}

/** Whose access mode somebody else has chosen, is taken for what most claims are. */
function hasVolumeOfOneNode({ container, claims }: Module, { volumes }: ModuleSettings): boolean {
  return container.volumes.some(({ persistentVolumeClaim: claim }) => {
    if (claim === undefined) return false;
    const mode = claims[claim.claimName]?.accessMode ?? volumes.accessMode;
    return !mode.endsWith("Many");
  });
}
