import type { V1TokenReviewStatus } from "@kubernetes/client-node";
import type { RejectionReason } from "../http-error.ts";

/** Whom the API server vouches for: a pod of a ServiceAccount of the installation's namespace. */
export interface ReviewedUser {
  readonly serviceAccount: string;
  readonly serviceAccountUid: string;
  readonly podName: string;
  readonly podUid: string;
}

/** Why the API server's verdict is no identity here. The rest is set when the token itself is genuine. */
export interface Refusal {
  readonly reason: RejectionReason;
  readonly username?: string;
  readonly podName?: string | undefined;
  readonly podUid?: string | undefined;
}

const podNameKey = "authentication.kubernetes.io/pod-name";
const podUidKey = "authentication.kubernetes.io/pod-uid";

/**
 * Judges a TokenReview. An API server that does not know audiences leaves `status.audiences` out: that is a refusal,
 * as is a token that is bound to no pod.
 */
export function reviewedUser(
  status: V1TokenReviewStatus,
  expected: { readonly audience: string; readonly namespace: string },
): ReviewedUser | Refusal {
  if (status.authenticated !== true || status.error) return { reason: "token-refused" };
  const { username = "", uid = "", extra = {} } = status.user ?? {};
  const [podName, podUid] = [only(extra[podNameKey]), only(extra[podUidKey])];
  const refuse = (reason: RejectionReason): Refusal => ({ reason, username, podName, podUid });
  if (!status.audiences?.includes(expected.audience)) return refuse("token-audience");
  const serviceAccount = serviceAccountOf(username, expected.namespace);
  if (serviceAccount === undefined || uid === "") return refuse("token-user");
  if (podName === undefined || podUid === undefined) return refuse("token-pod");
  return { serviceAccount, serviceAccountUid: uid, podName, podUid };
}

/** Name of the ServiceAccount in `system:serviceaccount:{namespace}:{name}`; names have dots but never colons. */
function serviceAccountOf(username: string, namespace: string): string | undefined {
  const [system, kind, place, name, ...more] = username.split(":");
  const ours = system === "system" && kind === "serviceaccount" && place === namespace && more.length === 0;
  return ours && name !== "" ? name : undefined;
}

function only(values: readonly string[] | undefined): string | undefined {
  return values?.length === 1 && values[0] !== "" ? values[0] : undefined;
}
