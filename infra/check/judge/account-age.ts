import type { LiveObject } from "../../kubernetes/index.ts";

/**
 * Whether a pod is older than its account: somebody has deleted the account, and it was made again. The token in the
 * pod is bound to the uid of the account that is gone, and the API server takes it no more; the kubelet asks for
 * another when four fifths of its life are over
 * (https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#bound-service-account-tokens).
 */
export function outlivesAccount(pod: LiveObject, account: LiveObject): boolean {
  const made = ({ metadata }: LiveObject) => Date.parse(metadata.creationTimestamp ?? "");
  return made(account) > made(pod);
}
