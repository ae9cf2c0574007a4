import { doubtful, fine, type Judgement, wrong } from "../model/verdict.ts";

/** Admission policies, which an installation has by default, are served from here. */
const oldest = { major: 1, minor: 30 } as const;
const supported = `${oldest.major}.${oldest.minor}`;

/** Major and minor of a version such as `v1.36.3+k3s1`. */
export function minorOf(gitVersion: string): { readonly major: number; readonly minor: number } | undefined {
  const [, major, minor] = /^v(\d{1,3})\.(\d{1,3})\./.exec(gitVersion) ?? [];
  return major === undefined || minor === undefined ? undefined : { major: Number(major), minor: Number(minor) };
}

export function isBelow(
  version: { readonly major: number; readonly minor: number },
  least: { readonly major: number; readonly minor: number },
): boolean {
  return version.major < least.major || (version.major === least.major && version.minor < least.minor);
}

/** Whether the API server is one that installations run on. */
export function judgeServerVersion(gitVersion: string): Judgement {
  const evidence = gitVersion.slice(0, 60);
  const version = minorOf(gitVersion);
  if (version === undefined) {
    const fix = `Make sure that it is Kubernetes ${supported} or newer.`;
    return doubtful("the server does not tell a version that is known", evidence, fix);
  }
  if (!isBelow(version, oldest)) return fine("the server's version is supported", evidence);
  const fix = `Update the cluster to Kubernetes ${supported} or newer: admission policies came with it.`;
  return wrong("the server is too old", evidence, fix);
}
