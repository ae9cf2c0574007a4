import type { V1Volume } from "@kubernetes/client-node";
import type { Wire } from "#base";
import type { ModulePolicy, recursiveReadOnlyModes } from "#contract";
import { exceeds, limits } from "./limits.ts";
import { fixed, say } from "./message.ts";
import { type Problems, shown } from "./problems.ts";

/** A path of the node that a module wants to mount, and where in the manifest it says so. */
interface Wanted {
  readonly path: string;
  readonly hostPath: string;
  readonly readOnly: boolean;
  /** By which the node makes what is not there. */
  readonly type?: string | undefined;
}

/** A path of the node that is allowed, and what becomes of mounts below it. */
export interface AllowedPath extends Pick<Wire<V1Volume>, "hostPath"> {
  /** Where it is for reading only; absent where the policy lets it be written. */
  readonly recursiveReadOnly?: (typeof recursiveReadOnlyModes)[number];
}

/** Types by which nodes make what is not there: who may only read makes nothing. */
export const makingTypes = ["DirectoryOrCreate", "FileOrCreate"] as const;

/** Absolute, without a step upwards that would lead out of an allowed path. */
const absolute = /^\/(?!(.*\/)?\.\.?(\/|$))[^:]*$/;

/** Sockets of nodes that docker mode has, and what they are here. */
const sockets = [
  {
    at: /^(?:\/var)?\/run\/(?:docker\.sock|podman(?:\/|$)|containerd(?:\/|$)|crio(?:\/|$))/,
    message: "leads to the node's container engine, and so to all of the node",
    remedy: "Leave it out: nodes of Kubernetes seldom have Docker, and modules are seen by the cluster's API.",
  },
  {
    at: /^(?:\/var)?\/run\/(?:iotedge|aziot)(?:\/|$)/,
    message: "is IoT Edge's on a machine of its own; no node of Kubernetes has it",
    remedy: "Leave it out: IOTEDGE_WORKLOADURI leads to iotedged.",
  },
] as const;

/** The volume of a path of the node; undefined, and refused, unless the policy allows the path or one above it. */
export function readHostPath(
  { path, hostPath, readOnly, type = "" }: Wanted,
  policy: ModulePolicy,
  problems: Problems,
): AllowedPath | undefined {
  if (exceeds(limits.path, path, hostPath.length, problems)) return undefined;
  const wanted = absolute.test(hostPath) ? withoutTail(hostPath) : undefined;
  const allowed = policy.hostPaths.filter(({ pathPrefix }) => wanted !== undefined && isBelow(wanted, pathPrefix));
  if (wanted === undefined) {
    problems.error(
      path,
      say`${shown(hostPath)} mounts a path of the node`,
      "Write an absolute path without steps upwards.",
    );
    return undefined;
  }
  const needs = { field: "hostPaths", pathPrefix: wanted, readOnly } as const;
  if (allowed.length === 0) {
    problems.forbid(path, say`${shown(hostPath)} mounts a path of the node`, needs);
    return undefined;
  }
  const found = { hostPath: { path: wanted } };
  for (const { at, message, remedy } of sockets) {
    if (at.test(wanted)) problems.warn(path, say`${shown(hostPath)} ${fixed(message)}`, remedy);
  }
  if (allowed.some((one) => !one.readOnly)) return found;
  if (!readOnly) {
    problems.forbid(path, say`${shown(hostPath)} may be mounted for reading only`, needs, "Mount it read-only.");
    return undefined;
  }
  if ((makingTypes as readonly string[]).includes(type)) {
    const message = say`${shown(hostPath)} may be read only, and ${type} makes it on the node`;
    const remedy = 'Write "Directory" or "File", or let the installation allow writing by edgeAgent.policy.hostPaths.';
    problems.forbid(path, message, { ...needs, readOnly: false }, remedy);
    return undefined;
  }
  const isLax = allowed.some(({ recursiveReadOnly }) => recursiveReadOnly === "IfPossible");
  return { ...found, recursiveReadOnly: isLax ? "IfPossible" : "Enabled" };
}

/** Refuses a path of Windows, of which a colon would be taken for the end; answers whether it is one. */
export function refuseWindowsPath(path: string, text: string, problems: Problems): boolean {
  if (!/^(?:[A-Za-z]:[\\/]|\\\\)/.test(text)) return false;
  problems.error(
    path,
    say`${shown(text)} is a path of Windows`,
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
