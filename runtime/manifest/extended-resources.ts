import type { ModulePolicy } from "#contract";
import { Quoted, say } from "./message.ts";
import type { Resources } from "./module-options.ts";
import { type Problems, pathOf, shown } from "./problems.ts";

/** What every node has of its own: resources of any other name are devices that somebody gives to it. */
export const plainResources = ["cpu", "memory", "ephemeral-storage"] as const;
export const hugePages = "hugepages-";

/** Names of the resources by which the policy gives devices and GPUs. */
export function resourcesOf({ devices = [], gpu }: Pick<ModulePolicy, "devices" | "gpu">): readonly string[] {
  return [...new Set([...devices, ...(gpu === undefined ? [] : [gpu])].flatMap(({ resource }) => resource ?? []))];
}

/** Refuses devices by the names of their resources that the policy does not give. */
export function refuseResources(
  { path, resources }: { readonly path: string; readonly resources: Resources },
  policy: ModulePolicy,
  problems: Problems,
): void {
  const given = resourcesOf(policy);
  for (const [kind, quantities] of Object.entries(resources)) {
    for (const name of Object.keys(quantities)) {
      if ((plainResources as readonly string[]).includes(name) || name.startsWith(hugePages)) continue;
      if (given.includes(name)) continue;
      problems.forbid(
        pathOf(pathOf(path, kind), name),
        say`${shown(name)} is a device of the node`,
        { field: "devices", resource: name },
        say`Let the installation give it by edgeAgent.policy.devices: ${new Quoted([{ resource: name }], JSON.stringify)}, or by gpu.`,
      );
    }
  }
}
