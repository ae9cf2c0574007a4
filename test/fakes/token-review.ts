import type { V1TokenReviewStatus } from "@kubernetes/client-node";

/** Audience of the installation that the tokens below are for. */
export const audience = "iotedge:edge-a/a";

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A token whose claims can be read, with a signature that nobody checks. */
export function unsignedToken(claims: object): string {
  return `e30.${encode({ aud: [audience], ...claims })}.c2ln`;
}

/** The API server's word for a pod of a ServiceAccount of namespace `edge-a`. */
export function vouch(name = "sensor", pod = "pod-1", uid = `uid-${name}`): V1TokenReviewStatus {
  return {
    authenticated: true,
    audiences: [audience],
    user: {
      username: `system:serviceaccount:edge-a:${name}`,
      uid,
      extra: {
        "authentication.kubernetes.io/pod-name": [pod],
        "authentication.kubernetes.io/pod-uid": [`uid-${pod}`],
      },
    },
  };
}
