import type { Check } from "../../model/index.ts";

/** Native sidecars, which the proxy is, are on by default from here. */
const oldest = { major: 1, minor: 29 } as const;

/** Whether the API server is one that installations run on. */
export function checkServerVersion(gitVersion: string): Check {
  const id = "server-version";
  const [, major, minor] = /^v(\d{1,3})\.(\d{1,3})\./.exec(gitVersion) ?? [];
  const evidence = gitVersion.slice(0, 60);
  if (major === undefined || minor === undefined) {
    const fix = `Make sure that it is Kubernetes ${oldest.major}.${oldest.minor} or newer.`;
    return { id, severity: "warning", message: "the server does not tell a version that is known", evidence, fix };
  }
  const isOld = Number(major) < oldest.major || (Number(major) === oldest.major && Number(minor) < oldest.minor);
  if (!isOld) return { id, severity: "ok", message: "the server's version is supported", evidence, fix: "" };
  const fix = `Update the cluster to Kubernetes ${oldest.major}.${oldest.minor} or newer: the proxy is a native sidecar.`;
  return { id, severity: "error", message: "the server is too old", evidence, fix };
}
