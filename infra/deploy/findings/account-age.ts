import type { LiveObject } from "../../kubernetes/index.ts";
import { type Finding, findingOf, type Hints } from "./finding.ts";
import type { Part } from "./pod-context.ts";

/**
 * Whether a pod is older than its account: somebody has deleted the account, and it was made again. The token in the
 * pod is bound to the uid of the account that is gone, and the API server takes it no more; the kubelet asks for
 * another when four fifths of its life are over
 * (https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#bound-service-account-tokens).
 */
function outlivesAccount(pod: LiveObject, account: LiveObject): boolean {
  const made = ({ metadata }: LiveObject) => Date.parse(metadata.creationTimestamp ?? "");
  return made(account) > made(pod);
}

/** Milliseconds that a pod's token lives: by then the kubelet has put one of the new account in its place. */
const tokenLife = 3_607_000;

/**
 * That a daemon runs by the token of an account that is gone: it is ready, and the API server knows it no more.
 *
 * @param pods of its newest template
 * @param accounts of the namespace; undefined where they may not be seen
 * @param now milliseconds; undefined: the tokens of the pods still live
 */
export function accountFinding(
  { namespace, component }: Part,
  pods: readonly LiveObject[],
  accounts: readonly LiveObject[] | undefined,
  hints: Hints,
  now: number | undefined,
): Finding | undefined {
  const account = accounts?.find(({ metadata }) => metadata.name === component);
  const made = Date.parse(account?.metadata.creationTimestamp ?? "");
  if (now !== undefined && now - made > tokenLife) return undefined;
  const pod = pods.find(
    (one) => account !== undefined && one.status?.phase !== "Failed" && outlivesAccount(one, account),
  );
  if (account === undefined || pod === undefined) return undefined;
  const subject = pod.metadata.uid;
  const message = `its pod's token is of a ServiceAccount ${component} that was deleted`;
  const evidence = `pod ${pod.metadata.name} is of ${pod.metadata.creationTimestamp}, its account of ${account.metadata.creationTimestamp}`;
  const seen = { subject, occurrence: `${subject} ${account.metadata.uid}` };
  return findingOf("account-deleted", { namespace, component, message, evidence, seen }, hints, { component });
}
