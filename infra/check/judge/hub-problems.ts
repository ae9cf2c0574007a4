import { hubErrors, provisioningErrors } from "#iot-hub";
import type { Hints } from "../../deploy/index.ts";

/** What keeps an installation from its hub, and what its reader does about it. */
export interface HubProblem {
  readonly link: "credential" | "way";
  readonly severity: "error" | "warning";
  readonly fix: (place: { readonly namespace: string; readonly hints: Hints }) => string;
}

const errors = { ...hubErrors, ...provisioningErrors };
const known = new Map(Object.entries(errors));
/** Faults of what the device proves itself by; all others are on the way to the hub. */
const ofCredential = new Set<string>([
  "EDGE_HUB_CREDENTIAL",
  "EDGE_HUB_CERTIFICATE_ENDED",
  "EDGE_HUB_OTHER_DEVICE",
  "EDGE_HUB_DEVICE_UNKNOWN",
  "EDGE_HUB_KEY_REFUSED",
  "EDGE_DPS_REFUSED",
  "EDGE_DPS_DISABLED",
] satisfies readonly (keyof typeof errors)[]);
const passing = new Set<string>([
  "EDGE_HUB_THROTTLED",
  "EDGE_DPS_THROTTLED",
] satisfies readonly (keyof typeof errors)[]);

/** @param code of the error that iotedged tells; one that is not known here is the credential's */
export function hubProblem(code: string): HubProblem {
  const remedy = known.get(code)?.().remedy ?? `See docs/errors.md#${code.toLowerCase()}.`;
  const isOfCredential = ofCredential.has(code) || !known.has(code);
  return {
    link: isOfCredential ? "credential" : "way",
    severity: passing.has(code) ? "warning" : "error",
    fix: ({ namespace, hints }) =>
      isOfCredential
        ? `${remedy} Which Secret it is: ${hints.kubectl} get deployment iotedged -n ${namespace} -o yaml`
        : `${remedy} iotedged's log tells more: ${hints.kubectl} logs deployment/iotedged -n ${namespace}`,
  };
}
