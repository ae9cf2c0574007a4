import type { ModulePolicy } from "#contract";
import { deviceVariables, hugePages, noDevices, plainResources, resourcesOf } from "#manifest";
import { eachOf, every, ifPresent, literal, present, some } from "./cel.ts";
import type { Guarded, Rule } from "./rule.ts";

/** Devices by the names of resources and by variables that container runtimes act on. */
export function deviceRules(policy: ModulePolicy, { resources }: Guarded["settings"]["proxy"]): readonly Rule[] {
  // What the installation itself gives to proxies, and to what fetches images, is its own.
  const ofProxies = [resources.requests, resources.limits].flatMap((one) => Object.keys(one ?? {}));
  const open = literal([...new Set([...plainResources, ...resourcesOf(policy), ...ofProxies])]);
  const isOpen = some([`name in ${open}`, `name.startsWith(${literal(hugePages)})`]);
  const quantities = (kind: string) => {
    const field = `container.resources.${kind}`;
    return ifPresent(field, `${field}.all(name, ${isOpen})`);
  };
  const chosen = `variable.name in ${literal(deviceVariables)}`;
  const none = present("variable.value", `variable.value in ${literal(noDevices)}`);
  return [
    {
      expression: `variables.containers.all(container, ${ifPresent(
        "container.resources",
        every([quantities("requests"), quantities("limits")]),
      )})`,
      message:
        "a module has only the devices that edgeAgent.policy.devices and gpu give, by whichever name of a resource",
    },
    {
      expression: `variables.containers.all(container, ${eachOf("container.env", "variable", some([`!(${chosen})`, none]))})`,
      message: "no variable of a module chooses devices of its node",
    },
  ];
}
