import type { V1SecurityContext } from "@kubernetes/client-node";
import { type ModuleDefaults, plainModuleDefaults } from "#contract";
import type { Module } from "#manifest";
import { hardenedContainerSecurity } from "#shared";
import type { Installation } from "./installation.ts";
import { capabilitiesOf } from "./low-ports.ts";

/** User that a module runs as when it names none: many images name root, which no module may be. */
const fixedUser = 1000;
const all = "ALL";

/** What a module of this installation has that does not ask for anything. */
export function moduleDefaults({ settings }: Installation): ModuleDefaults {
  const defaults = settings.modules.defaults ?? plainModuleDefaults;
  // A user that is not named is the platform's to choose, and the image's own where it does not.
  return settings.assignedUsers === true && defaults.user === "fixed" ? { ...defaults, user: "image" } : defaults;
}

/** The security context of the module's own container. */
export function moduleSecurity(module: Module, defaults: ModuleDefaults): V1SecurityContext {
  const { privileged } = module.privileges;
  const user = userSecurity(module.container.user ?? (privileged ? "docker" : defaults.user));
  const readOnlyRootFilesystem = isRootReadOnly(module, defaults);
  // As Docker has it: with every capability, for whom `drop` would leave none.
  if (privileged) {
    return { privileged, allowPrivilegeEscalation: true, readOnlyRootFilesystem, ...user };
  }
  return {
    ...hardenedContainerSecurity,
    ...capabilitySecurity(module, defaults),
    readOnlyRootFilesystem,
    ...user,
  };
}

/** Whether the module cannot write to its container's root file system. */
export function isRootReadOnly({ container, privileges }: Module, { writableRoot }: ModuleDefaults): boolean {
  if (container.keepsRootReadOnly) return true;
  return container.readOnlyRoot && !writableRoot && !privileges.privileged;
}

function capabilitySecurity(module: Module, defaults: ModuleDefaults): V1SecurityContext {
  const { droppedCapabilities = [], noNewPrivileges } = module.privileges;
  const isDropped = (name: string) => droppedCapabilities.includes(name) || droppedCapabilities.includes(all);
  const given = defaults.capabilities.filter((name) => !isDropped(name));
  const add = [...new Set([...given, ...capabilitiesOf(module)])].sort();
  const capabilities = capabilitiesWith(add);
  const escalates = (defaults.escalation && !noNewPrivileges) || add.includes(all) || add.includes("SYS_ADMIN");
  return { capabilities, ...(escalates ? { allowPrivilegeEscalation: true } : {}) };
}

/** Whoever has all of them loses all by `drop`. */
function capabilitiesWith(add: string[]): NonNullable<V1SecurityContext["capabilities"]> {
  if (add.includes(all)) return { add: [all] };
  return { drop: [all], ...(add.length === 0 ? {} : { add }) };
}

function userSecurity(user: NonNullable<Module["container"]["user"]>): V1SecurityContext {
  if (user === "docker") return { runAsNonRoot: false };
  if (user === "image") return { runAsNonRoot: true };
  const { uid, gid } = user === "fixed" ? { uid: fixedUser, gid: undefined } : user;
  return { runAsNonRoot: uid !== 0, runAsUser: uid, ...(gid === undefined ? {} : { runAsGroup: gid }) };
}
