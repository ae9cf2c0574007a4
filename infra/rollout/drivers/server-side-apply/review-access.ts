import { mapConcurrently } from "#base";
import type { SendRequest } from "../../../kubernetes/index.ts";
import { type Access, describeAccess, type Escalation } from "./needed-access.ts";

/** Answers whether the credentials may do it. */
export type Review = (access: Access) => Promise<boolean>;

/** Asks the API server by SelfSubjectAccessReviews, each question once. Fails closed: no clear yes is a no. */
export function createReview(send: SendRequest): Review {
  const asked = new Map<string, Promise<boolean>>();
  return (access) => {
    const key = describeAccess(access);
    const answer = asked.get(key) ?? ask(send, access);
    asked.set(key, answer);
    return answer;
  };
}

async function ask(send: SendRequest, access: Access): Promise<boolean> {
  const [resource = "", subresource] = access.resource.split("/");
  const { verb, group, namespace, name } = access;
  const resourceAttributes = { verb, group, resource, subresource, namespace, name };
  const { status, body } = await send({
    method: "POST",
    path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    body: { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectAccessReview", spec: { resourceAttributes } },
  });
  return status === 201 && body?.status?.allowed === true && body?.status?.denied !== true;
}

/** What is not allowed of what is needed. */
export async function missingAccess(review: Review, needed: readonly Access[]): Promise<readonly string[]> {
  const answers = await mapConcurrently(needed, async (access) =>
    (await review(access)) ? [] : [describeAccess(access)],
  );
  return answers.flat();
}

/** Objects that hand out more than the credentials have, with what is missing. */
export async function forbiddenEscalations(review: Review, all: readonly Escalation[]): Promise<readonly string[]> {
  const answers = await mapConcurrently(all, async ({ object, lifts, grants }) => {
    if (await review(lifts)) return [];
    if (grants === undefined) return [`${object}: ${describeAccess(lifts)}`];
    const missing = await missingAccess(review, grants);
    return missing.map((access) => `${object}: ${access}`);
  });
  return answers.flat();
}
