import { isServiceName, moduleObjectName, moduleServiceName, publishedServiceName } from "#contract";
import { limits } from "./limits.ts";
import type { Module } from "./manifest.ts";
import { say } from "./message.ts";
import { isUsualNetwork, warnOfNetwork } from "./namespace-border.ts";
import { ObjectReader, textOf } from "./object-reader.ts";
import { type Problems, pathOfModule, plainText, shown } from "./problems.ts";

/** What asks for the node's network, and is no network that has names. */
const nodeNetwork = "host";

const dnsLabel = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Reads the names that `NetworkingConfig.EndpointsConfig` gives a module beside its own. There is one network in a cluster,
 * so that it does not matter in which of Docker's they stand.
 */
export function readAliases(networking: ObjectReader | undefined, problems: Problems): readonly string[] {
  const names = new Set<string>();
  for (const [network, field] of networking?.object("EndpointsConfig")?.entries() ?? []) {
    if (network === nodeNetwork) continue;
    if (!isUsualNetwork(network)) warnOfNetwork({ path: field.path, value: network }, problems);
    if (field.value === null) continue;
    const endpoint = ObjectReader.open(field, problems, { ignoreCase: true });
    for (const alias of endpoint?.list("Aliases", limits.hostEntries) ?? []) {
      const name = textOf(alias, problems)?.toLowerCase();
      if (name === undefined) continue;
      if (isServiceName(name)) names.add(name);
      else
        problems.error(
          alias.path,
          say`${shown(alias.value)} cannot be a module's name`,
          dnsLabel.test(name)
            ? "Choose another one: this is the runtime's, or one that modules of other ids may get."
            : "Use small letters, digits and -.",
        );
    }
    endpoint?.warnOfUnsupported("has no effect: a pod has one address, in the cluster's network", "Remove it.");
  }
  return [...names].sort();
}

/** Reads `HostConfig.Links`: what they call another module is right only where everybody calls it so. */
export function checkLinks(host: ObjectReader | undefined, problems: Problems): void {
  for (const field of host?.list("Links", limits.hostEntries) ?? []) {
    const [target = "", alias = target] = plainText(field.value).split(":");
    if (alias.toLowerCase() === target.toLowerCase()) continue;
    problems.error(
      field.path,
      say`${shown(field.value)} gives another module a name that is for this one alone`,
      say`Call it ${shown(target)}, or give that module the name by NetworkingConfig.EndpointsConfig.<network>.Aliases.`,
    );
  }
}

/**
 * Gives each module the names by which it is found beside that of its objects: those that it asks for, and its id as far as
 * a Service can be called so. A name of two modules would lead to either, so that it is nobody's.
 */
export function settleServiceNames(modules: readonly Module[], problems: Problems): readonly Module[] {
  const taken = new Map(modules.map(({ id }) => [moduleObjectName(id), id]));
  refusePublishedNames(modules, taken, problems);
  const asked = modules.flatMap(({ id, service }) => service.names.map((name) => ({ id, name })));
  for (const { id, name } of asked) {
    const other = taken.get(name) ?? id;
    taken.set(name, other);
    if (other === id) continue;
    const path = `${pathOfModule(id)}.settings.createOptions.NetworkingConfig.EndpointsConfig`;
    problems.error(path, say`${shown(name)} is a name of module ${shown(other)}, too`, "Give each another name.");
  }
  const derived = Map.groupBy(modules, ({ id }) => moduleServiceName(id));
  return modules.map((module) => {
    const { id, service } = module;
    const name = moduleServiceName(id);
    const own = moduleObjectName(id);
    const names = new Set(service.names.filter((one) => one !== own));
    if (name !== undefined && !names.has(name)) {
      const other = taken.get(name) ?? derived.get(name)?.find((one) => one.id !== id)?.id;
      if (other === undefined) {
        names.add(name);
        warnOfOtherName(id, name, problems);
      } else
        problems.warn(
          pathOfModule(id),
          say`is not found as ${name}, which module ${shown(other)} could be meant by, but as ${own}`,
          "Give one of the two another id.",
        );
    }
    return names.size === 0 && service.names.length === 0
      ? module
      : { ...module, service: { ...service, names: [...names].sort() } };
  });
}

/** What Docker takes for a container's name, by which others find it. DNS knows letters, digits and `-` alone. */
const dockerName = /^[A-Za-z0-9][\w.-]+$/;

function warnOfOtherName(id: string, name: string, problems: Problems): void {
  if (id.toLowerCase() === name || !dockerName.test(id) || problems.hasAllWarnings) return;
  const remedy = say`Call it ${name} where another module names it, or give it an id of letters, digits and -.`;
  problems.warn(pathOfModule(id), say`is found as ${name}: ${shown(id)} is no name that DNS has`, remedy);
}

/** What is published has a Service of its own, whose name nobody else may have. */
function refusePublishedNames(modules: readonly Module[], taken: Map<string, string>, problems: Problems): void {
  for (const { id, service } of modules) {
    if (service.published === undefined || service.published === "HostPort") continue;
    const name = publishedServiceName(moduleObjectName(id));
    const other = taken.get(name);
    taken.set(name, id);
    if (other === undefined) continue;
    problems.error(
      pathOfModule(id),
      say`is published as ${name}, which is module ${shown(other)}`,
      "Give that one another id.",
    );
  }
}
