import { isJsonObject, parseJson } from "#base";
import { dataKeys, objectNames } from "#contract";
import type { Finding, InstallationState } from "../../deploy/index.ts";
import type { LiveObject } from "../../kubernetes/index.ts";
import { commandOf } from "../judge/commands.ts";
import type { Check } from "../model/check.ts";
import { whenKnown } from "../model/observed.ts";
import { look } from "../model/rights.ts";
import { doubtful, fine, type Verdict, wrong } from "../model/verdict.ts";
import type { AfterSeen } from "./observations.ts";

const causes =
  "Why a program does not run is told by the causes of docs/troubleshooting.md, with the last line of its log and what the cluster says of it.";
const rights = [look.deployments, look.pods, look.accounts, look.configMaps, look.events, look.logs];

/** Whether what shall run runs, and the manifest is in force. */
export const workloadChecks: readonly Check<AfterSeen>[] = [
  {
    id: "iotedged",
    what: "iotedged runs",
    help: causes,
    rights,
    judge: (seen) => whenKnown({ state: seen.state }, ({ state }) => ofComponent(state, "iotedged", seen)),
  },
  {
    id: "edgeagent",
    what: "EdgeAgent runs, unless the stack has it turned off",
    help: causes,
    rights,
    judge: (seen) => {
      const { state, agentConfig } = seen;
      return whenKnown({ state, agentConfig }, (known) => {
        if (!isTurnedOff(known.agentConfig)) return ofComponent(known.state, "edgeagent", seen);
        const fix = `Set edgeAgent.enabled: true in the stack, then: ${seen.hints.up}`;
        return doubtful(
          "EdgeAgent is turned off: the deployment manifest has no effect",
          "edgeAgent.enabled is false",
          fix,
        );
      });
    },
  },
  {
    id: "modules",
    what: "each module of the manifest runs, or is stopped as it asks for",
    help: causes,
    rights,
    judge: (seen) => whenKnown({ state: seen.state }, ({ state }) => ofModules(state, seen)),
  },
  {
    id: "manifest",
    what: "EdgeAgent has taken up the deployment manifest, and it is the one that the stack declares",
    help: "A manifest has no effect where EdgeAgent has refused it, does not run, or does not see it. What somebody has changed in the ConfigMap by hand is gone with the next deployment; that it is the stack's is looked at with `--stack` alone.",
    rights,
    judge: (seen) => whenKnown({ state: seen.state }, ({ state }) => ofManifest(state, seen)),
  },
  {
    id: "leader",
    what: "a pod of iotedged leads, and looks after EdgeAgent",
    help: "Lease `iotedged` names the pod. A pod that was killed leaves it for 20 s.",
    rights: [look.leases, look.pods],
    judge: (seen) =>
      whenKnown({ leases: seen.leases, pods: seen.pods }, ({ leases, pods }) => judgeLeader(leases, pods, seen)),
  },
];

function isTurnedOff(config: LiveObject | undefined): boolean {
  const settings = parseJson(config?.data?.[dataKeys.agentConfig]);
  return isJsonObject(settings) && settings.enabled === false;
}

/** Findings of deployments and this room's verdicts say the same. */
function verdictOf({ id, severity, component, message, evidence, fix }: Finding): Verdict {
  return { severity, component, cause: id, message, evidence, fix };
}

function ofComponent(state: InstallationState, name: string, { namespace, hints }: AfterSeen): readonly Verdict[] {
  const found = state.findings.filter(({ component }) => component === name).map(verdictOf);
  if (found.length > 0) return found;
  const component = state.components.find((one) => one.name === name);
  if (component?.ready) return [fine(`${name} runs`, component.image)];
  const isGone = component === undefined || component.state === "missing" || component.state === "stopped";
  const fix = isGone
    ? wayBack(name, namespace, hints)
    : `See what becomes of it: ${commandOf(hints, "status", namespace)}`;
  return [wrong(`${name} does not run: ${component?.reason ?? "it is not there"}`, component?.state ?? "missing", fix)];
}

/** No deployment makes EdgeAgent's Deployment, and iotedged sets it right at once. */
function wayBack(name: string, namespace: string, hints: AfterSeen["hints"]): string {
  if (name !== objectNames.edgeAgent) return `Bring it back: ${hints.up}`;
  return `iotedged does that within seconds; where it does not, see its log: ${hints.kubectl} logs deployment/iotedged -n ${namespace}`;
}

function ofModules(state: InstallationState, seen: AfterSeen): readonly Verdict[] {
  const modules = state.components.filter(({ component }) => component === "module");
  const others = new Set<string>([objectNames.iotedged, objectNames.edgeAgent]);
  const found = state.findings.filter(({ component }) => component !== undefined && !others.has(component));
  const told = new Set(found.map(({ component }) => component));
  const waiting = modules.filter(({ ready, name }) => !ready && !told.has(name));
  const fix = `See what becomes of it: ${commandOf(seen.hints, "status", seen.namespace)}`;
  const rest = waiting.map(({ name, state: is, reason }) => ({
    ...wrong(`it does not run: ${reason ?? is}`, is, fix),
    component: name,
  }));
  if (found.length + rest.length > 0) return [...found.map(verdictOf), ...rest];
  return [fine(`${modules.length} modules are as the manifest asks`)];
}

function ofManifest({ problem, findings }: InstallationState, { namespace, hints }: AfterSeen): readonly Verdict[] {
  const found = findings.filter(({ component }) => component === undefined).map(verdictOf);
  if (found.some(({ severity }) => severity === "error")) return found;
  if (problem === undefined) return found.length > 0 ? found : [fine("EdgeAgent has taken up the manifest")];
  const fix = `Wait; where it stays so, see its log: ${hints.kubectl} logs deployment/edgeagent -c edgeagent -n ${namespace}`;
  return [...found, wrong(problem, `ConfigMap ${objectNames.status} in ${namespace}`, fix)];
}

function judgeLeader(
  leases: readonly LiveObject[],
  pods: readonly LiveObject[],
  { now, namespace, hints }: AfterSeen,
): Verdict {
  const lease = leases.find(({ metadata }) => metadata.name === objectNames.iotedged);
  const { holderIdentity = "", renewTime = "", leaseDurationSeconds = 0 } = lease?.spec ?? {};
  const holder = String(holderIdentity).split("_")[0] ?? "";
  const evidence =
    lease === undefined
      ? "there is no Lease iotedged"
      : `holder ${holder || "nobody"}, renewed ${renewTime || "never"}, for ${leaseDurationSeconds} s`;
  const isOver = now > (Date.parse(renewTime) || 0) + leaseDurationSeconds * 1000 + clockDifference;
  const see = `${hints.kubectl} describe lease iotedged -n ${namespace}`;
  if (holder === "" || isOver)
    return wrong("no pod of iotedged leads", evidence, `See what keeps it from being taken: ${see}`);
  if (pods.some(({ metadata }) => metadata.name === holder)) return fine("a pod of iotedged leads", evidence);
  if (leaseDurationSeconds > longestLease) {
    const fix = `Free it: ${hints.kubectl} delete lease iotedged -n ${namespace}`;
    return wrong("no pod of iotedged leads: its Lease is held by a pod that is gone", evidence, fix);
  }
  return doubtful(
    "the pod that leads is gone; another follows within 20 s",
    evidence,
    `Wait; where it stays so: ${see}`,
  );
}

/** Clocks of this machine and of nodes differ by less. */
const clockDifference = 60_000;
/** In seconds: iotedged takes it for 15. */
const longestLease = 60;
