import { cleanLine } from "../../terminal/index.ts";
import { rbacErrors } from "../errors.ts";
import { describeObject, type PolicyRule, type Role } from "../model/objects.ts";
import { placeOf } from "./read-object.ts";

/** Rules multiply their lists, so that a few lines can make millions. No role that people write comes near. */
const maxPermissionsOfRole = 50_000;
/** Of all roles of a source; with as many more as roles have in real clusters, several times over. */
const maxPermissions = { base: 200_000, perRole: 100 };

/** Bounds how many permissions the roles of one source may multiply to, one by one and all together. */
export class PermissionLimit {
  #permissions = 0;
  #roles = 0;

  /** @throws EDGE_RBAC_DOCUMENT_EXCESSIVE */
  add(role: Role): void {
    const permissions = role.rules.reduce((sum, rule) => sum + permissionCount(rule), 0);
    const name = describeObject(role);
    if (permissions > maxPermissionsOfRole)
      throw excessive(role, `the lists of ${name} multiply to ${permissions} permissions`);
    this.#permissions += permissions;
    if (this.#permissions > maxPermissions.base + maxPermissions.perRole * this.#roles)
      throw excessive(role, `the roles up to ${name} have ${this.#permissions} permissions`);
    this.#roles += 1;
  }
}

const excessive = ({ origin }: Role, problem: string) =>
  rbacErrors.EDGE_RBAC_DOCUMENT_EXCESSIVE({ place: cleanLine(placeOf(origin)), problem: cleanLine(problem) });

function permissionCount({ apiGroups, resources, resourceNames, nonResourceURLs, verbs }: PolicyRule): number {
  const targets = apiGroups.length * resources.length * Math.max(1, resourceNames.length) + nonResourceURLs.length;
  return targets * verbs.length;
}
