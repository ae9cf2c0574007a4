import { isSecretVariable } from "#contract";

/** Keys from the document's root on, as they are once filled in. That of a layer is all that it leads through. */
export type Steps = readonly string[];

/** What has words of a shell in it, which writes its variables the same way. */
const shellFields = new Set(["cmd", "entrypoint", "healthcheck"]);
const credentials = "registrycredentials";
const layerKey = "properties.desired.";

/** The steps that a key is: where a layer's stops makes no difference to what is below it. */
export function stepsOfKey(key: string): Steps {
  return key.startsWith(layerKey) ? key.split(".") : [key];
}

/** Whether nothing is put in at a place. */
export function isLeftAlone(steps: Steps): boolean {
  return steps.some((step) => shellFields.has(step.toLowerCase())) || isOfCredential(steps);
}

/** Whether a place is a variable's, or a registry's, that holds a credential. Of a registry the address alone is none. */
export function isOfCredential(steps: Steps): boolean {
  const low = steps.map((step) => step.toLowerCase());
  const at = low.indexOf(credentials);
  if (at >= 0) return steps.length !== at + 3 || steps[at + 2] !== "address";
  return low.some((step, index) => step === "value" && isSecretVariable(steps[index - 1] ?? ""));
}

/** Whether a text is `PASSWORD=...`, however its name goes on before. */
export function isAssignedCredential(text: string): boolean {
  const end = text.indexOf("=");
  return end > 0 && isSecretVariable(text.slice(0, end).replace(/[^A-Za-z0-9]{1,100}$/, ""));
}
