import { isIP } from "node:net";
import type { V1HostAlias, V1PodDNSConfig } from "@kubernetes/client-node";
import { objectNames } from "#contract";
import { limits } from "./limits.ts";
import { say } from "./message.ts";
import { type Field, type ObjectReader, textOf } from "./object-reader.ts";
import { type Problems, plainText, shown } from "./problems.ts";

const dnsLabel = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const hostname = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i;
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
    if (!hostname.test(name) || isIP(address) === 0) {
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
    names.set(address, [...(names.get(address) ?? []), name.toLowerCase()]);
  }
  return [...names].map(([ip, hostnames]) => ({ ip, hostnames }));
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
  const nameservers = readTexts(host, "Dns", (text) => isIP(text) !== 0, problems);
  const searches = readTexts(host, "DnsSearch", (text) => hostname.test(text), problems);
  const options = readTexts(host, "DnsOptions", (text) => /^[\w:-]{1,64}$/.test(text), problems);
  if (nameservers.length + searches.length + options.length === 0) return undefined;
  return {
    ...(nameservers.length === 0 ? {} : { nameservers }),
    ...(searches.length === 0 ? {} : { searches }),
    ...(options.length === 0 ? {} : { options: options.map(optionOf) }),
  };
}

function optionOf(text: string): { name: string; value?: string } {
  const [name = "", value] = text.split(":");
  return value === undefined ? { name } : { name, value };
}

function readTexts(
  host: ObjectReader | undefined,
  key: keyof typeof limitOf,
  accept: (text: string) => boolean,
  problems: Problems,
): string[] {
  const fields = host?.list(key, limitOf[key]) ?? [];
  return fields.flatMap((field) => readText(field, accept, problems));
}

function readText(field: Field, accept: (text: string) => boolean, problems: Problems): readonly string[] {
  const text = textOf(field, problems);
  if (text === undefined) return [];
  if (accept(text)) return [text];
  problems.error(field.path, say`${shown(text)} is not what DNS settings hold`, "Correct or remove it.");
  return [];
}
