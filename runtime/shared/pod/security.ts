import type { V1PodSecurityContext, V1SecurityContext } from "@kubernetes/client-node";

/** Pod-level half of Pod Security Standard "restricted". */
export const hardenedPodSecurity: V1PodSecurityContext = {
  runAsNonRoot: true,
  seccompProfile: { type: "RuntimeDefault" },
};

/** Container-level half of Pod Security Standard "restricted", and a root file system that nobody writes to. */
export const hardenedContainerSecurity: V1SecurityContext = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  privileged: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
};
