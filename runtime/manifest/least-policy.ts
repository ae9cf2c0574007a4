import { defaultHostPorts, type ModulePolicy, type ModuleSettings } from "#contract";
import { usualDevice } from "./hardware.ts";
import { type ParsedManifest, parseManifest } from "./parse-manifest.ts";
import { type ModuleSwitch, moduleSwitches, type PolicyNeed, type Problem } from "./problems.ts";

/** What a manifest takes to be accepted. */
export interface LeastPolicy {
  /** The installation's policy, with the doors added that the manifest needs. */
  readonly policy: ModulePolicy;
  /** Those doors, each once. */
  readonly needs: readonly PolicyNeed[];
  /** What asks for each of them, in the same order. */
  readonly askedBy: readonly Problem[];
  /** What the installation has to turn on beside its policy, for all of the manifest to have its effect. */
  readonly switches: readonly ModuleSwitch[];
  /** The manifest with all of these: what is wrong with it then, no installation can allow. */
  readonly parsed: ParsedManifest;
  /** The manifest under the installation's own policy. */
  readonly given: ParsedManifest;
}

/** The installation's settings with what is turned on beside the policy. */
export function settingsWith(settings: ModuleSettings, switches: Iterable<ModuleSwitch>): ModuleSettings {
  let found = settings;
  for (const one of switches) {
    found =
      one === "volumes.create" ? { ...found, volumes: { ...found.volumes, create: true } } : { ...found, [one]: true };
  }
  return found;
}

/** A refused value may hide another, and a round finds only so many; each one reads the whole manifest. */
const maxRounds = 10;
/** Doors after which no more are looked for: no installation opens so many. */
export const mostNeeds = 200;

/** Finds the fewest doors that an installation has to open for a manifest, and gives up where there are too many. */
export function leastPolicy(text: string, settings: ModuleSettings): LeastPolicy {
  const needs = new Map<string, { readonly need: PolicyNeed; readonly problem: Problem }>();
  const switches = new Set<ModuleSwitch>();
  const given = parseManifest(text, settings);
  let { policy } = settings;
  let parsed = given;
  for (let round = 0; ; round++) {
    const before = needs.size + switches.size;
    for (const problem of parsed.ok ? [] : parsed.errors) {
      const key = JSON.stringify(problem.needs);
      if (problem.needs !== undefined && !needs.has(key)) needs.set(key, { need: problem.needs, problem });
    }
    for (const problem of [...(parsed.ok ? [] : parsed.errors), ...parsed.warnings])
      if (problem.switch !== undefined) switches.add(problem.switch);
    const found = [...needs.values()].map(({ need }) => need);
    if (needs.size + switches.size === before || needs.size >= mostNeeds || round === maxRounds) {
      const askedBy = [...needs.values()].map(({ problem }) => problem);
      return {
        policy,
        needs: found,
        askedBy,
        switches: moduleSwitches.filter((one) => switches.has(one)),
        parsed,
        given,
      };
    }
    policy = policyWith(settings.policy, found);
    parsed = parseManifest(text, settingsWith({ ...settings, policy }, switches));
  }
}

/** The policy with further doors. */
export function policyWith(policy: ModulePolicy, needs: readonly PolicyNeed[]): ModulePolicy {
  return needs.reduce(withDoor, policy);
}

/** A GPU as the most widespread plugin and runtime offer it. */
const usualGpu = { resource: "nvidia.com/gpu", runtimeClassName: "nvidia" } as const;

/** The policy with one more door. */
function withDoor(policy: ModulePolicy, need: PolicyNeed): ModulePolicy {
  switch (need.field) {
    case "capabilities":
      return { ...policy, capabilities: [...new Set([...policy.capabilities, need.capability])].sort() };
    case "hostPaths":
      return { ...policy, hostPaths: [...policy.hostPaths, { pathPrefix: need.pathPrefix, readOnly: need.readOnly }] };
    case "devices":
      return { ...policy, devices: [...(policy.devices ?? []), usualDevice(need)] };
    case "hostPorts":
      return { ...policy, hostPorts: [...(policy.hostPorts ?? defaultHostPorts), String(need.port)] };
    case "priorityClasses":
      return { ...policy, priorityClasses: [...(policy.priorityClasses ?? []), need.name] };
    case "annotations":
      return { ...policy, annotations: [...(policy.annotations ?? []), need.prefix] };
    case "tolerations":
    case "nodeLabels":
      return { ...policy, [need.field]: [...(policy[need.field] ?? []), need.key] };
    case "gpu":
      return { ...policy, gpu: usualGpu };
    default:
      return { ...policy, [need.field]: true };
  }
}
