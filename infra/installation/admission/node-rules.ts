import { type ModulePolicy, type ModuleSettings, plainModuleDefaults, recursiveReadOnlyModes } from "#contract";
import { makingTypes, safeSysctls } from "#manifest";
import { eachOf, every, ifPresent, literal, present, some, without } from "./cel.ts";
import { deviceRules } from "./device-rules.ts";
import { hostPortRule } from "./host-port-rules.ts";
import { placementRules } from "./placement-rules.ts";
import type { Guarded, Rule } from "./rule.ts";

const pod = "variables.pod";
const containers = "variables.containers";
const security = "container.securityContext";

/** The one capability that needs no policy. */
const freeCapability = "NET_BIND_SERVICE";
const allCapabilities = "ALL";

/** What a module's pod may have of its node: what the installation's policy allows, and nothing else. */
export function nodeRules({ modules, proxy }: Guarded["settings"]): readonly Rule[] {
  const { policy } = modules;
  return [
    hostPathRule(policy),
    hostNamespaceRule(policy),
    hostPortRule(modules),
    {
      expression: every([
        without(pod, ["nodeName"]),
        ...hardwareRules(policy),
        ifPresent(`${pod}.shareProcessNamespace`, `!${pod}.shareProcessNamespace`),
      ]),
      message:
        "a module's pod is placed by the scheduler, has the RuntimeClasses and device claims of edgeAgent.policy and does not see its proxy's processes",
    },
    ...placementRules(modules),
    ...deviceRules(policy, proxy),
    privilegeRule(modules),
    userRule(policy),
    confinementRule(),
  ];
}

/** RuntimeClasses and device claims: those alone by which the installation gives hardware. */
function hardwareRules({ devices = [], gpu }: ModulePolicy): readonly string[] {
  const classes = gpu?.runtimeClassName === undefined ? [] : [gpu.runtimeClassName];
  const templates = [
    ...new Set([...devices, ...(gpu === undefined ? [] : [gpu])].flatMap((one) => one.claimTemplate ?? [])),
  ];
  const template = "claim.resourceClaimTemplateName";
  return [
    classes.length === 0
      ? without(pod, ["runtimeClassName"])
      : ifPresent(`${pod}.runtimeClassName`, `${pod}.runtimeClassName in ${literal(classes)}`),
    templates.length === 0
      ? without(pod, ["resourceClaims"])
      : eachOf(`${pod}.resourceClaims`, "claim", present(template, `${template} in ${literal(templates)}`)),
  ];
}

function hostPathRule({ hostPaths }: ModulePolicy): Rule {
  const path = "volume.hostPath.path";
  const isBelow = (prefix: string) => {
    const parent = prefix.replaceAll(/\/{2,}/g, "/").replace(/(.)\/$/, "$1");
    if (parent === "/") return "true";
    return `${path} == ${literal(parent)} || ${path}.startsWith(${literal(`${parent}/`)})`;
  };
  const isReadOnly = (below: string) => {
    const mount = some(["mount.name != volume.name", every([present("mount.readOnly", "mount.readOnly"), below])]);
    return every([
      ifPresent("volume.hostPath.type", `!(volume.hostPath.type in ${literal(makingTypes)})`),
      `${containers}.all(container, ${eachOf("container.volumeMounts", "mount", mount)})`,
    ]);
  };
  const allowed = hostPaths.map(({ pathPrefix, readOnly, recursiveReadOnly = "Enabled" }) => {
    if (!readOnly) return isBelow(pathPrefix);
    const mode = "mount.recursiveReadOnly";
    // Kubernetes 1.30 drops the field: there it is not possible.
    const below =
      recursiveReadOnly === "Enabled"
        ? present(mode, `${mode} == ${literal(recursiveReadOnly)}`)
        : ifPresent(mode, `${mode} in ${literal(recursiveReadOnlyModes)}`);
    return every([isBelow(pathPrefix), isReadOnly(below)]);
  });
  return {
    expression: eachOf(`${pod}.volumes`, "volume", ifPresent("volume.hostPath", some(allowed))),
    message: "a module mounts only the paths of the node that edgeAgent.policy.hostPaths allows, and as it allows them",
  };
}

function hostNamespaceRule({ hostNetwork, hostPid, hostIpc }: ModulePolicy): Rule {
  const off = (field: string) => ifPresent(`${pod}.${field}`, `!${pod}.${field}`);
  const closed = [
    ...(hostNetwork ? [] : [off("hostNetwork")]),
    ...(hostPid ? [] : [off("hostPID")]),
    ...(hostIpc ? [] : [off("hostIPC")]),
  ];
  return {
    expression: closed.length === 0 ? "true" : every(closed),
    message: "a module shares only those namespaces of its node that edgeAgent.policy allows",
  };
}

function privilegeRule({ policy, defaults = plainModuleDefaults }: ModuleSettings): Rule {
  const { privileged, capabilities } = policy;
  const hasAll = capabilities.includes(allCapabilities);
  // The API server takes SYS_ADMIN only with escalation.
  const mayEscalate = privileged || defaults.escalation || hasAll || capabilities.includes("SYS_ADMIN");
  const allowed = literal([...new Set([freeCapability, ...capabilities])]);
  const list = `${security}.capabilities`;
  const drops = present(`${list}.drop`, `"ALL" in ${list}.drop`);
  const addsAll = present(`${list}.add`, `${literal(allCapabilities)} in ${list}.add`);
  const confined = every([
    ifPresent(`${security}.privileged`, `!${security}.privileged`),
    ...(mayEscalate ? [] : [refused(`${security}.allowPrivilegeEscalation`)]),
    present(list, hasAll ? some([drops, addsAll]) : drops),
    eachOf(`${list}.add`, "capability", `capability in ${allowed}`),
  ]);
  return {
    expression: `${containers}.all(container, ${present(security, orPrivileged(policy, confined))})`,
    message: "a module has only the privileges and capabilities that edgeAgent.policy allows",
  };
}

/** The expression, or none where the container is privileged and may be: it owns its node. */
function orPrivileged({ privileged }: ModulePolicy, expression: string): string {
  return privileged ? some([present(`${security}.privileged`, `${security}.privileged`), expression]) : expression;
}

/** Said to be off: absent, it would be on. */
const refused = (field: string) => present(field, `!${field}`);

function userRule(policy: ModulePolicy): Rule {
  const isOther = (holder: string, field: string) => ifPresent(`${holder}.${field}`, `${holder}.${field} != 0`);
  const podSecurity = `${pod}.securityContext`;
  const ofContainer = every([
    ifPresent(`${security}.runAsNonRoot`, `${security}.runAsNonRoot`),
    isOther(security, "runAsUser"),
    isOther(security, "runAsGroup"),
  ]);
  const expression = every([
    present(`${podSecurity}.runAsNonRoot`, `${podSecurity}.runAsNonRoot`),
    ...["runAsUser", "runAsGroup", "fsGroup"].map((field) => isOther(podSecurity, field)),
    eachOf(`${podSecurity}.supplementalGroups`, "group", "group != 0"),
    `${containers}.all(container, ${present(security, orPrivileged(policy, ofContainer))})`,
  ]);
  return {
    expression: present(podSecurity, policy.root ? "true" : expression),
    message: "a module is neither user nor group root unless edgeAgent.policy.root allows it",
  };
}

function confinementRule(): Rule {
  const profiles = ["appArmorProfile", "seLinuxOptions", "windowsOptions"];
  const podSecurity = `${pod}.securityContext`;
  return {
    expression: every([
      present(`${podSecurity}.seccompProfile`, `${podSecurity}.seccompProfile.type == "RuntimeDefault"`),
      without(podSecurity, profiles),
      eachOf(`${podSecurity}.sysctls`, "sysctl", `sysctl.name in ${literal(safeSysctls)}`),
      `${containers}.all(container, ${every([
        without(security, [...profiles, "seccompProfile"]),
        ifPresent(`${security}.procMount`, `${security}.procMount == "Default"`),
      ])})`,
    ]),
    message: "a module is confined as every container, by RuntimeDefault, and sets only sysctls that are safe",
  };
}
