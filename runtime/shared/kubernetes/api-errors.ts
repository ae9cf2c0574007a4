import type { V1Status } from "@kubernetes/client-node";
import { type EdgeError, type NoAnswer, parseJson } from "#base";
import { kubernetesErrors } from "./errors.ts";

type Call = { readonly verb: string; readonly path: string };

const byStatus = {
  401: kubernetesErrors.EDGE_KUBERNETES_UNAUTHORIZED,
  403: kubernetesErrors.EDGE_KUBERNETES_FORBIDDEN,
  404: kubernetesErrors.EDGE_KUBERNETES_NOT_FOUND,
  409: kubernetesErrors.EDGE_KUBERNETES_CONFLICT,
  410: kubernetesErrors.EDGE_KUBERNETES_GONE,
  429: kubernetesErrors.EDGE_KUBERNETES_THROTTLED,
} as const;

/** The error for an answer that is no success. Of the body only names are told: of refused fields, and of who refuses. */
export function statusError(call: Call, status: number, body: string): EdgeError {
  const where = { verb: call.verb, path: call.path, status };
  const who = deniedBy(status, body);
  if (who !== undefined) return kubernetesErrors.EDGE_KUBERNETES_DENIED({ ...where, who });
  if (status === 400 || status === 422) {
    return kubernetesErrors.EDGE_KUBERNETES_INVALID({ ...where, fields: refusedFields(body) });
  }
  const define = byStatus[status as keyof typeof byStatus] ?? kubernetesErrors.EDGE_KUBERNETES_FAILED;
  return define(where);
}

/** The error for a request that got no answer. */
export function connectionError(call: Call, { timedOut, message, cause }: NoAnswer, timeout: number): EdgeError {
  const where = { verb: call.verb, path: call.path };
  if (timedOut) return kubernetesErrors.EDGE_KUBERNETES_TIMEOUT({ ...where, seconds: timeout / 1000 }, { cause });
  return kubernetesErrors.EDGE_KUBERNETES_UNREACHABLE({ ...where, reason: message }, { cause });
}

/** By which the API server tells whose refusal an answer is; a webhook chooses its status. */
const denials = [
  [
    "admission policy",
    /ValidatingAdmissionPolicy '([a-z0-9.-]{1,253})' with binding '[a-z0-9.-]{1,253}' denied request/,
  ],
  ["admission webhook", /admission webhook "([A-Za-z0-9.-]{1,253})" denied the request/],
] as const;

/** Who refuses the object, where it is none of the installation's. */
function deniedBy(status: number, body: string): string | undefined {
  if (status < 400 || status >= 500) return undefined;
  const message = String((parseJson(body) as V1Status | null | undefined)?.message);
  if (ownPolicy.test(message)) return undefined;
  for (const [what, pattern] of denials) {
    const name = pattern.exec(message)?.[1];
    if (name !== undefined) return `${what} ${name}`;
  }
  return undefined;
}

/** What the installation's own admission policies say is fixed text; what others say could hold values. */
const ownPolicy =
  /ValidatingAdmissionPolicy '(iotedge-[a-z0-9-]+)' with binding '[a-z0-9-]+' denied request: (.{1,200})/;

/** Paths and reasons, such as `spec.ports[0].port (FieldValueInvalid)`; the values stay out. */
function refusedFields(body: string): string {
  const parsed = parseJson(body) as V1Status | null | undefined;
  const [, policy, refusal] = ownPolicy.exec(String(parsed?.message)) ?? [];
  if (policy !== undefined) return `${refusal} (admission policy ${policy})`;
  const causes = parsed?.details?.causes ?? [];
  const fields = causes.filter((cause) => cause.field).map((cause) => `${cause.field} (${cause.reason})`);
  return fields.join(", ") || "no field is named";
}
