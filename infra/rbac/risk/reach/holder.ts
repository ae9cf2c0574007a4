import type { Role } from "../../model/objects.ts";
import { forAllNames, type Permission } from "../../model/permission.ts";
import { impliedGroups, type PowerIndex } from "../../model/power.ts";
import type { Subject } from "../../model/subject.ts";

export interface HeldRole {
  readonly role: Role;
  /** Namespace in which it counts; empty: everywhere. */
  readonly scope: string;
}

/** Somebody with roles, as far as more than one permission must come together. */
export interface Holder {
  readonly roles: readonly HeldRole[];
  /** Whether it is somebody who is impersonated for some actions only. @default false */
  readonly isBorrowed?: boolean;
}

/** Who a binding names, with what comes by the groups that it is in. */
export function subjectHolder(index: PowerIndex, key: string, subject: Subject): Holder {
  const grants = [key, ...impliedGroups(subject)].flatMap((one) => index.powerOf(one)?.grants ?? []);
  return { roles: grants.map(({ binding, role }) => ({ role, scope: binding.namespace })) };
}

/** The first permission that counts in the scope and passes the test. */
export function heldIn(
  index: PowerIndex,
  { roles }: Holder,
  scope: string,
  test: (permission: Permission) => boolean,
): Permission | undefined {
  for (const held of roles) {
    if (held.scope !== "" && held.scope !== scope) continue;
    for (const permission of index.permissionsOfRole(held.role))
      if (test(forAllNames(permission))) return forAllNames(permission);
  }
  return undefined;
}

/** Scopes in which the holder has a permission that passes the test. */
export function scopesWith(index: PowerIndex, holder: Holder, test: (permission: Permission) => boolean): string[] {
  const scopes = new Set(holder.roles.map(({ scope }) => scope));
  return [...scopes].filter((scope) => heldIn(index, holder, scope, test) !== undefined);
}
