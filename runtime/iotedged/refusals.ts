import { objectNames } from "#contract";
import type { EventRecorder } from "#shared";
import type { Refusal } from "./authentication/reviewed-user.ts";

const texts: Readonly<Partial<Record<Refusal["reason"], string>>> = {
  "token-audience": "it was made for another audience",
  "token-pod": "it is bound to no pod",
  "token-user": "its ServiceAccount stands for no module of this installation",
};

/** Tells operators by Events of genuine tokens that were refused: an attack, or a wrong setting. */
export function createRefusalReporter(options: {
  readonly namespace: string;
  readonly events: EventRecorder;
}): (refusal: Refusal & { readonly username: string }) => void {
  const { namespace, events } = options;
  const own = `system:serviceaccount:${namespace}:`;
  return ({ reason, username }) => {
    const name = username.startsWith(own) ? username.slice(own.length) : objectNames.iotedged;
    events.record({
      type: "Warning",
      reason: "IdentityRefused",
      action: "Authenticate",
      note: `A token of ${username} is refused: ${texts[reason] ?? reason}`,
      regarding: { apiVersion: "v1", kind: "ServiceAccount", name },
      key: username,
    });
  };
}
