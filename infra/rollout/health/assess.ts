import { type Hints, type InstallationState, inOneLine } from "../../deploy/index.ts";
import type { Check, HealthReport } from "../model/index.ts";

/** What became of letting a module sign. Without a digest, no module could be asked. */
export type LiveCallResult = { readonly digest: string | undefined } | { readonly problem: string };

type Component = InstallationState["components"][number];

/**
 * Judges what was seen. Nothing to look at is not healthy.
 *
 * @param call undefined where none was made
 * @param hints of the cluster that was looked at
 */
export function assessHealth(
  installations: readonly InstallationState[],
  call: LiveCallResult | undefined,
  hints: Hints,
): HealthReport {
  const ofInstallations = installations.flatMap((one) => checkInstallation(one, hints));
  const checks = [...ofInstallations, ...(call === undefined ? [] : [checkCall(call, hints)])];
  if (installations.length === 0) checks.push(nothingThere);
  return { healthy: checks.every(({ severity }) => severity !== "error"), checks };
}

const nothingThere: Check = {
  id: "installations",
  severity: "error",
  message: "there is no installation to look at",
  evidence: "",
  fix: "See that the stack declares at least one installation.",
};

function checkInstallation(
  { namespace, components, problem, findings }: InstallationState,
  hints: Hints,
): readonly Check[] {
  const status = hints.edgectl(["status", "-n", namespace]);
  /** What was added to a finding since the component was looked at, such as the last line that it has logged. */
  const explained = (one: Component): Component => {
    const found = findings.find(({ severity, component }) => severity === "error" && component === one.name);
    return one.ready || found === undefined ? one : { ...one, reason: inOneLine(found) };
  };
  const find = (wanted: Component["component"]) =>
    components.filter(({ component }) => component === wanted).map(explained);
  return [
    checkComponents("iotedged-ready", `iotedged in ${namespace}`, find("iotedged"), status),
    checkComponents("edgeagent-ready", `EdgeAgent in ${namespace}`, find("edgeagent"), status),
    problem === undefined
      ? ok("edgeagent-converged", `EdgeAgent in ${namespace} has done what its manifest asks for`)
      : error("edgeagent-converged", `EdgeAgent in ${namespace} has not converged`, problem, status),
    checkComponents("modules-running", `modules in ${namespace}`, find("module"), status),
  ];
}

function checkComponents(id: string, what: string, components: readonly Component[], status: string): Check {
  const waiting = components.filter(({ ready }) => !ready);
  const states = (some: readonly Component[]) => some.map(({ name, state }) => `${name} ${state}`).join(", ");
  if (waiting.length === 0) return { ...ok(id, `${what}: as desired`), evidence: states(components) };
  const reasons = waiting.map(({ name, state, reason }) => `${name}: ${reason ?? state}`).join("; ");
  return error(id, `${what}: ${waiting.length} of ${components.length} not ready`, reasons.slice(0, 600), status);
}

function checkCall(call: LiveCallResult, hints: Hints): Check {
  const id = "live-call";
  if ("problem" in call) {
    const status = hints.edgectl(["status"]);
    return error(id, "a module could not have a text signed", call.problem.slice(0, 600), status);
  }
  if (call.digest !== undefined) return { ...ok(id, "a module had a text signed"), evidence: "digest received" };
  return ok(id, "no module can be asked to sign; EdgeAgent's report stands for it");
}

function ok(id: string, message: string): Check {
  return { id, severity: "ok", message, evidence: "", fix: "" };
}

function error(id: string, message: string, evidence: string, status: string): Check {
  const fix = `See \`${status}\`, and the logs of the pods that it names.`;
  return { id, severity: "error", message, evidence, fix };
}
