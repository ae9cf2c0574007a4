import type { ModulePolicy } from "#contract";
import { safeSysctls } from "#manifest";
import { eachOf, every, ifPresent, literal, present, some, without } from "./cel.ts";
import type { Rule } from "./rule.ts";

const pod = "variables.pod";
const containers = "variables.containers";
const security = "container.securityContext";

/** The one capability that needs no policy. */
const freeCapability = "NET_BIND_SERVICE";

/** What a module's pod may have of its node: what the installation's policy allows, and nothing else. */
export function nodeRules(policy: ModulePolicy): readonly Rule[] {
  return [
    hostPathRule(policy),
    hostNamespaceRule(policy),
    {
      expression: every([
        without(pod, ["nodeName", "runtimeClassName", "resourceClaims"]),
        ifPresent(`${pod}.shareProcessNamespace`, `!${pod}.shareProcessNamespace`),
        ifPresent(`${pod}.priorityClassName`, `!${pod}.priorityClassName.startsWith("system-")`),
      ]),
      message:
        "a module's pod is placed by the scheduler, has no system priority and does not see its proxy's processes",
    },
    privilegeRule(policy),
    userRule(policy),
    confinementRule(),
  ];
}

function hostPathRule({ hostPaths }: ModulePolicy): Rule {
  const path = "volume.hostPath.path";
  const isBelow = (prefix: string) => {
    const parent = prefix.replaceAll(/\/{2,}/g, "/").replace(/(.)\/$/, "$1");
    if (parent === "/") return "true";
    return `${path} == ${literal(parent)} || ${path}.startsWith(${literal(`${parent}/`)})`;
  };
  const mount = "mount.name != volume.name || (has(mount.readOnly) && mount.readOnly)";
  const isReadOnly = `${containers}.all(container, ${eachOf("container.volumeMounts", "mount", mount)})`;
  const allowed = hostPaths.map(({ pathPrefix, readOnly }) =>
    readOnly ? every([isBelow(pathPrefix), isReadOnly]) : isBelow(pathPrefix),
  );
  return {
    expression: eachOf(`${pod}.volumes`, "volume", ifPresent("volume.hostPath", some(allowed))),
    message: "a module mounts only the paths of the node that edgeAgent.policy.hostPaths allows, and as it allows them",
  };
}

function hostNamespaceRule({ hostNetwork, hostPid, hostIpc }: ModulePolicy): Rule {
  const off = (field: string) => ifPresent(`${pod}.${field}`, `!${pod}.${field}`);
  const noHostPort = `${containers}.all(container, ${eachOf(
    "container.ports",
    "port",
    ifPresent("port.hostPort", "port.hostPort == 0"),
  )})`;
  // On the node's network the API server fills in the same port.
  const ports = hostNetwork ? some([present(`${pod}.hostNetwork`, `${pod}.hostNetwork`), noHostPort]) : noHostPort;
  return {
    expression: every([
      ...(hostNetwork ? [] : [off("hostNetwork")]),
      ...(hostPid ? [] : [off("hostPID")]),
      ...(hostIpc ? [] : [off("hostIPC")]),
      ports,
    ]),
    message: "a module shares only those namespaces of its node that edgeAgent.policy allows, and takes no ports of it",
  };
}

function privilegeRule({ privileged, capabilities }: ModulePolicy): Rule {
  // The API server takes privilege and SYS_ADMIN only with escalation.
  const mayEscalate = privileged || capabilities.includes("SYS_ADMIN");
  const allowed = literal([...new Set([freeCapability, ...capabilities])]);
  const added = eachOf(`${security}.capabilities.add`, "capability", `capability in ${allowed}`);
  return {
    expression: `${containers}.all(container, ${present(
      security,
      every([
        ...(privileged ? [] : [ifPresent(`${security}.privileged`, `!${security}.privileged`)]),
        ...(mayEscalate ? [] : [refused(`${security}.allowPrivilegeEscalation`)]),
        present(
          `${security}.capabilities`,
          present(`${security}.capabilities.drop`, `"ALL" in ${security}.capabilities.drop`),
        ),
        added,
      ]),
    )})`,
    message: "a module has only the privileges and capabilities that edgeAgent.policy allows",
  };
}

/** Said to be off: absent, it would be on. */
const refused = (field: string) => present(field, `!${field}`);

function userRule({ root }: ModulePolicy): Rule {
  const isOther = (holder: string, field: string) => ifPresent(`${holder}.${field}`, `${holder}.${field} != 0`);
  const podSecurity = `${pod}.securityContext`;
  const expression = every([
    present(`${podSecurity}.runAsNonRoot`, `${podSecurity}.runAsNonRoot`),
    ...["runAsUser", "runAsGroup", "fsGroup"].map((field) => isOther(podSecurity, field)),
    eachOf(`${podSecurity}.supplementalGroups`, "group", "group != 0"),
    `${containers}.all(container, ${present(
      security,
      every([
        ifPresent(`${security}.runAsNonRoot`, `${security}.runAsNonRoot`),
        isOther(security, "runAsUser"),
        isOther(security, "runAsGroup"),
      ]),
    )})`,
  ]);
  return {
    expression: present(podSecurity, root ? "true" : expression),
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
