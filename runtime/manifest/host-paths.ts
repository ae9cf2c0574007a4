import type { V1Volume } from "@kubernetes/client-node";
import type { Wire } from "#base";
import type { ModulePolicy } from "#contract";
import { exceeds, limits } from "./limits.ts";
import { type Problems, shown } from "./problems.ts";

/** A path of the node that a module wants to mount, and where in the manifest it says so. */
interface Wanted {
  readonly path: string;
  readonly hostPath: string;
  readonly readOnly: boolean;
}

/** Absolute, without a step upwards that would lead out of an allowed path. */
const absolute = /^\/(?!(.*\/)?\.\.?(\/|$))[^:]*$/;

/** The volume of a path of the node; undefined, and refused, unless the policy allows the path or one above it. */
export function readHostPath(
  { path, hostPath, readOnly }: Wanted,
  policy: ModulePolicy,
  problems: Problems,
): Pick<Wire<V1Volume>, "hostPath"> | undefined {
  if (exceeds(limits.path, path, hostPath.length, problems)) return undefined;
  const wanted = absolute.test(hostPath) ? withoutTail(hostPath) : undefined;
  const allowed = policy.hostPaths.filter(({ pathPrefix }) => wanted !== undefined && isBelow(wanted, pathPrefix));
  if (wanted === undefined) {
    problems.error(
      path,
      `${shown(hostPath)} mounts a path of the node`,
      "Write an absolute path without steps upwards.",
    );
    return undefined;
  }
  const needs = { field: "hostPaths", pathPrefix: wanted, readOnly } as const;
  if (allowed.length === 0) {
    problems.forbid(path, `${shown(hostPath)} mounts a path of the node`, needs);
    return undefined;
  }
  if (!readOnly && allowed.every((one) => one.readOnly)) {
    problems.forbid(path, `${shown(hostPath)} may be mounted for reading only`, needs, "Mount it read-only.");
    return undefined;
  }
  return { hostPath: { path: wanted } };
}

/** Refuses a path of Windows, of which a colon would be taken for the end; answers whether it is one. */
export function refuseWindowsPath(path: string, text: string, problems: Problems): boolean {
  if (!/^(?:[A-Za-z]:[\\/]|\\\\)/.test(text)) return false;
  problems.error(
    path,
    `${shown(text)} is a path of Windows`,
    "Write one of the node, which runs Linux, or the name of a volume.",
  );
  return true;
}

function isBelow(path: string, prefix: string): boolean {
  const parent = withoutTail(prefix);
  return parent === "/" || path === parent || path.startsWith(`${parent}/`);
}

function withoutTail(path: string): string {
  return path.replaceAll(/\/{2,}/g, "/").replace(/(.)\/$/, "$1");
}
