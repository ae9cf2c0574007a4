import { formatMinor, oldestKubernetes } from "../../infra/kubernetes/index.ts";
import { ensureGoTools } from "./go-tools.ts";

/** The last release of the oldest minor version that is supported; `oldest-kubernetes/kubernetes/go.mod` pins it. */
export const oldestVersion = "v1.30.14";

/** Whether the control planes of tests are of that version. What it does not know, some tests leave out. */
export const isOldest = process.env.EDGE_TEST_KUBERNETES === "oldest";

const module = {
  name: "kubernetes",
  title: `Kubernetes ${oldestVersion}`,
  packages: ["kube-apiserver", "kube-controller-manager"].map((program) => `k8s.io/kubernetes/cmd/${program}`),
  ldflags: `-s -w -X k8s.io/component-base/version.gitVersion=${oldestVersion}`,
};

/**
 * Which Kubernetes control planes of tests run: with EDGE_TEST_KUBERNETES=oldest the oldest that is supported, which takes
 * 8 minutes to compile once; else the local cluster's.
 *
 * @returns the folder of its API server and controller manager; undefined: the local cluster's
 */
export async function kubernetesUnderTest(progress: (line: string) => void): Promise<string | undefined> {
  const wanted = process.env.EDGE_TEST_KUBERNETES;
  if (wanted === undefined || wanted === "") return undefined;
  if (wanted !== "oldest") throw new Error(`EDGE_TEST_KUBERNETES is ${wanted}, but must be oldest or not set`);
  if (!oldestVersion.startsWith(`v${formatMinor(oldestKubernetes)}.`)) {
    throw new Error(`${oldestVersion} is tested, but ${formatMinor(oldestKubernetes)} is the oldest that is supported`);
  }
  return ensureGoTools("oldest-kubernetes", [module], progress);
}
