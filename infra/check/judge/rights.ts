import { fine, firstOf, type Judgement, wrong } from "../model/verdict.ts";

const grant =
  "Grant them to the credentials of the context, or use others; `npx edgectl rbac explain SUBJECT VERB RESOURCE --source SOURCE` tells what is missing.";

/** Whether all that will be written may be written. @param missing what is not allowed */
export function judgePermissions(missing: readonly string[], asked: number): Judgement {
  if (missing.length === 0) return fine(`all ${asked} kinds of request are allowed`);
  return wrong(`${missing.length} kinds of request are not allowed`, firstOf(missing), grant);
}

/** Whether the roles and bindings that will be written hand out more than the credentials have. */
export function judgeEscalation(missing: readonly string[], asked: number): Judgement {
  if (missing.length === 0) return fine(`${asked} roles and bindings hand out nothing that the credentials lack`);
  const fix = "Grant the credentials these permissions, or `escalate` and `bind` on the roles.";
  return wrong("roles or bindings would hand out permissions that the credentials lack", firstOf(missing), fix);
}
