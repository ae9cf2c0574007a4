import { isIP } from "node:net";
import type { V1HostAlias, V1PodDNSConfig } from "@kubernetes/client-node";
import { objectNames } from "#contract";
import { limits } from "./limits.ts";
import { fixed, say } from "./message.ts";
import { type Field, type ObjectReader, textOf } from "./object-reader.ts";
import { type Problems, pathOf, plainText, shown } from "./problems.ts";

const dnsLabel = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** Of at most 253 characters; no part is empty, or begins or ends with `-`. */
const hostname = /^(?=.{1,253}$)(?!.*(?:\.\.|\.-|-\.))[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/i;
/** As names of services have `_` in DNS. */
const searchDomain = /^(?=.{1,253}$)(?!.*(?:\.\.|\.-|-\.))[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?$/i;
const root = ".";
/** With the spaces between them. */
const mostSearchCharacters = 2048;
const loopback = "localhost";
/** Docker's word for the address of its host. */
const hostGateway = "host-gateway";
/** More are refused by the API server. */
const limitOf = { Dns: limits.nameservers, DnsSearch: limits.searches, DnsOptions: limits.dnsOptions } as const;

/** Reads `HostConfig.ExtraHosts`: `["name:address"]`, also with `=`. Names of one address stand together. */
export function readHostAliases(host: ObjectReader | undefined, problems: Problems): readonly V1HostAlias[] {
  const names = new Map<string, string[]>();
  for (const field of host?.list("ExtraHosts", limits.hosts) ?? []) {
    const [, name = "", address = ""] = /^([^:=]+)[:=]\[?(.+?)\]?$/.exec(textOf(field, problems) ?? "") ?? [];
    if (address === hostGateway) {
      problems.error(
        field.path,
        say`${shown(field.value)} asks for the address of the node, which a pod does not know before it runs`,
        'Write the address: "name:192.0.2.1", or let the module share the network of its node.',
      );
      continue;
    }
    const ip = addressOf(address);
    if (!hostname.test(name) || ip === undefined) {
      problems.error(field.path, say`${shown(field.value)} is not a name and an address`, 'Write "name:192.0.2.1".');
      continue;
    }
    if (isProxys(name)) {
      problems.error(
        field.path,
        say`${shown(name)} is where the proxy in the same pod connects to`,
        "Use another name.",
      );
      continue;
    }
    names.set(ip, [...(names.get(ip) ?? []), name.toLowerCase()]);
  }
  return [...names].map(([ip, hostnames]) => ({ ip, hostnames }));
}

/** As Kubernetes has an address: without a zone, which is of one node, and an IPv4 address as such. */
function addressOf(text: string): string | undefined {
  const [, mapped] = /^::ffff:([\d.]+)$/i.exec(text) ?? [];
  const address = mapped !== undefined && isIP(mapped) === 4 ? mapped : text;
  return isIP(address) === 0 || /[%]|^::ffff:/i.test(address) ? undefined : address;
}

/** Reads `Hostname`: the pod answers to it in its own host table. */
export function readHostname(field: Field | undefined, problems: Problems): string | undefined {
  if (field === undefined || field.value === "") return undefined;
  const name = plainText(field.value);
  if (dnsLabel.test(name) && !isProxys(name)) return name;
  problems.error(
    field.path,
    say`${shown(field.value)} is not a host name`,
    "Use small letters, digits and -, not iotedged.",
  );
  return undefined;
}

/** The host table is the whole pod's: the proxy must find iotedged, and the module the proxy. */
function isProxys(name: string): boolean {
  const [first] = name.toLowerCase().split(".");
  return first === objectNames.iotedged || first === loopback;
}

/** Reads `Dns`, `DnsSearch` and `DnsOptions`: they come on top of the cluster's own DNS. */
export function readDns(host: ObjectReader | undefined, problems: Problems): V1PodDNSConfig | undefined {
  const nameservers = readTexts(host, "Dns", addressOf, problems);
  const searches = readTexts(host, "DnsSearch", searchOf, problems);
  const options = readTexts(host, "DnsOptions", optionOf, problems);
  if (searches.join(" ").length > mostSearchCharacters) {
    const message = say`has more than ${fixed(mostSearchCharacters)} characters`;
    problems.error(pathOf(host?.path ?? "", "DnsSearch"), message, "Name fewer domains, or shorter ones.");
  }
  warnOfNewerSearches(host, problems);
  if (nameservers.length + searches.length + options.length === 0) return undefined;
  return {
    ...(nameservers.length === 0 ? {} : { nameservers }),
    ...(searches.length === 0 ? {} : { searches }),
    ...(options.length === 0 ? {} : { options }),
  };
}

/** DNS knows no capitals, and the API server takes none. A dot at the end stays: it says that nothing follows. */
function searchOf(text: string): string | undefined {
  return text === root || searchDomain.test(text.replace(/\.$/, "")) ? text.toLowerCase() : undefined;
}

/** The API server takes `_` and the root since Kubernetes 1.34, and by default since 1.33. */
function warnOfNewerSearches(host: ObjectReader | undefined, problems: Problems): void {
  for (const { path, value } of host?.list("DnsSearch", limits.searches) ?? []) {
    const text = plainText(value);
    if ((text !== root && !text.includes("_")) || searchOf(text) === undefined || problems.hasAllWarnings) continue;
    const message = say`${shown(text)} is a search domain that Kubernetes takes since 1.33`;
    problems.warn(path, message, "Leave it out where the cluster is older.");
  }
}

function optionOf(text: string): { name: string; value?: string } | undefined {
  const [, name = "", value] = /^(?=.{1,64}$)([\w-]+)(?::([\w:-]*))?$/.exec(text) ?? [];
  if (name === "") return undefined;
  return value === undefined ? { name } : { name, value };
}

function readTexts<Read>(
  host: ObjectReader | undefined,
  key: keyof typeof limitOf,
  read: (text: string) => Read | undefined,
  problems: Problems,
): Read[] {
  return (host?.list(key, limitOf[key]) ?? []).flatMap((field) => {
    const text = textOf(field, problems);
    const value = text === undefined ? undefined : read(text);
    if (value !== undefined) return [value];
    if (text !== undefined)
      problems.error(field.path, say`${shown(text)} is not what DNS settings hold`, "Correct or remove it.");
    return [];
  });
}
