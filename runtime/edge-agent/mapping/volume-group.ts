import type { V1PodSecurityContext } from "@kubernetes/client-node";
import type { ModuleDefaults } from "#contract";
import type { Module } from "#manifest";

/** One for all modules: those that share a volume would take it from each other otherwise. */
const volumeGroup = 1000;

/**
 * The group to which claims of a module belong that names none. Docker gives a new volume to the user that the image has at
 * that place; a claim is root's, and a module that is not root could not write to it. What is in a volume already stays as
 * the module has made it. A platform that assigns users gives them a group of volumes, too.
 */
export function volumeGroupOf(module: Module, defaults: ModuleDefaults, assignedUsers = false): V1PodSecurityContext {
  const { fsGroup, fsGroupChangePolicy = "OnRootMismatch" } = module.pod.securityContext;
  if (assignedUsers || fsGroup !== undefined || isRoot(module, defaults) || !writesToClaim(module)) return {};
  return { fsGroup: volumeGroup, fsGroupChangePolicy };
}

/** Whether it is known to be: an image's own user may be any. */
function isRoot({ container }: Module, defaults: ModuleDefaults): boolean {
  const user = container.user ?? defaults.user;
  return typeof user === "object" && user.uid === 0;
}

function writesToClaim({ container: { volumes, mounts } }: Module): boolean {
  return volumes.some(
    ({ name, persistentVolumeClaim: claim }) =>
      claim !== undefined && !claim.readOnly && mounts.some((mount) => mount.name === name && !mount.readOnly),
  );
}
