import type { SendRequest } from "./api-request.ts";
import { checkResponse } from "./check-response.ts";
import { kubernetesErrors } from "./errors.ts";

export interface MinorVersion {
  readonly major: number;
  readonly minor: number;
}

/** Installations run from here on: admission policies, which they have by default, came with it. docs/clusters.md says so, too. */
export const oldestKubernetes: MinorVersion = { major: 1, minor: 30 };

export function formatMinor({ major, minor }: MinorVersion): string {
  return `${major}.${minor}`;
}

/** Major and minor of a version such as `v1.36.3+k3s1`. */
export function minorOf(gitVersion: string): MinorVersion | undefined {
  const [, major, minor] = /^v(\d{1,3})\.(\d{1,3})\./.exec(gitVersion) ?? [];
  return major === undefined || minor === undefined ? undefined : { major: Number(major), minor: Number(minor) };
}

export function isBelow(version: MinorVersion, least: MinorVersion): boolean {
  return version.major < least.major || (version.major === least.major && version.minor < least.minor);
}

/**
 * Keeps deployments from clusters that are too old. One that does not tell its version is let through: some hide it.
 *
 * @throws EDGE_APPLY_CLUSTER_TOO_OLD
 */
export async function requireSupportedServer(
  send: SendRequest,
  target: { readonly context: string; readonly server: string },
): Promise<void> {
  const response = await send({ method: "GET", path: "/version" });
  if (response.status === 403) return;
  checkResponse(target, response, "get", "/version");
  const gitVersion = String(response.body?.gitVersion ?? "");
  const version = minorOf(gitVersion);
  if (version === undefined || !isBelow(version, oldestKubernetes)) return;
  throw kubernetesErrors.EDGE_APPLY_CLUSTER_TOO_OLD({
    context: target.context,
    version: gitVersion.slice(0, 60),
    oldest: formatMinor(oldestKubernetes),
  });
}
