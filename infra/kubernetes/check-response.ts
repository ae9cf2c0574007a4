import type { ApiResponse } from "./api-request.ts";
import { kubernetesErrors } from "./errors.ts";

const maxProblemLength = 600;
/** Too many requests, and what an API server or a proxy before it answers while it cannot serve. */
const unavailable: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Throws the `EdgeError` that tells why the API server refused a request; returns when it did not. */
export function checkResponse(
  target: { readonly context: string; readonly server: string },
  { status, body }: ApiResponse,
  verb: string,
  object: string,
): void {
  if (status < 300) return;
  const { server, context } = target;
  const problem = String(body?.message ?? "no reason given").slice(0, maxProblemLength);
  if (unavailable.has(status)) throw kubernetesErrors.EDGE_APPLY_BUSY({ server, verb, object, status });
  if (status === 401) throw kubernetesErrors.EDGE_APPLY_UNAUTHORIZED({ server, context });
  if (status === 403) throw kubernetesErrors.EDGE_APPLY_FORBIDDEN({ verb, object, problem });
  throw kubernetesErrors.EDGE_APPLY_REJECTED({ verb, object, status, problem });
}
