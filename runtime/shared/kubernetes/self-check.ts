import type { V1SelfSubjectAccessReview } from "@kubernetes/client-node";
import type { PolicyRule } from "#contract";
import type { ApiClient } from "./api-client.ts";

/** A right that a process needs and does not have. */
export interface MissingRight {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  /** Name of the one object that it is needed for; absent when for all. */
  readonly name?: string;
}

const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

/**
 * Asks the API server for each right of `rules` whether the process has it, by SelfSubjectAccessReview.
 *
 * @param namespace where the rules apply; undefined for cluster-scoped ones
 * @returns the rights that are missing, in the order of the rules
 */
export async function selfCheck(
  client: ApiClient,
  namespace: string | undefined,
  rules: readonly PolicyRule[],
): Promise<readonly MissingRight[]> {
  const rights = rules.flatMap(rightsOf);
  const granted = await Promise.all(rights.map((right) => isGranted(client, namespace, right)));
  return rights.filter((_, index) => !granted[index]);
}

function rightsOf(rule: PolicyRule): readonly MissingRight[] {
  const names = rule.resourceNames ?? [undefined];
  return rule.apiGroups.flatMap((group) =>
    rule.resources.flatMap((resource) =>
      names.flatMap((name) =>
        rule.verbs.map((verb) => ({ verb, group, resource, ...(name === undefined ? {} : { name }) })),
      ),
    ),
  );
}

async function isGranted(client: ApiClient, namespace: string | undefined, right: MissingRight): Promise<boolean> {
  const body: V1SelfSubjectAccessReview = {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    spec: { resourceAttributes: { ...right, ...(namespace === undefined ? {} : { namespace }) } },
  };
  const answer = await client.call<V1SelfSubjectAccessReview>({ verb: "create", path, body });
  return answer.status?.allowed === true;
}
