import { formatMinor, isBelow, minorOf, oldestKubernetes } from "../../kubernetes/index.ts";
import { doubtful, fine, type Judgement, wrong } from "../model/verdict.ts";

export const oldestSupported = formatMinor(oldestKubernetes);

/** Whether the API server is one that installations run on. */
export function judgeServerVersion(gitVersion: string): Judgement {
  const evidence = gitVersion.slice(0, 60);
  const version = minorOf(gitVersion);
  if (version === undefined) {
    const fix = `Make sure that it is Kubernetes ${oldestSupported} or newer.`;
    return doubtful("the server does not tell a version that is known", evidence, fix);
  }
  if (!isBelow(version, oldestKubernetes)) return fine("the server's version is supported", evidence);
  const fix = `Update the cluster to Kubernetes ${oldestSupported} or newer: admission policies came with it.`;
  return wrong("the server is too old", evidence, fix);
}
