import { objectNames } from "#contract";
import { closedPlaces, type EgressPolicy, namesAddresses } from "./closed-places.ts";
import type { ClusterService, Place } from "./cluster-services.ts";

/** A service of the cluster that the daemons need. */
export type NeededService = "api-server" | "dns";

/** What is to be said of a service that NetworkPolicies keep from an installation's daemons. */
export interface NetworkFault {
  /** `behind`: where most network plugins look; `front`: at the Service, where some do. */
  readonly side: "front" | "behind";
  readonly message: string;
  readonly evidence: string;
  /** The setting that lets it through, as YAML. */
  readonly setting: string;
}

/** Those of the pods that talk to such services; others open more, or are for other pods. */
const judged: ReadonlySet<string | undefined> = new Set([objectNames.iotedged, objectNames.edgeAgent]);
const titles = { "api-server": "the API server", dns: "the cluster's DNS" } as const;

/** @returns undefined where the service is let through, or the cluster does not tell where it is */
export function networkFault(
  namespace: string,
  policies: readonly EgressPolicy[],
  needed: NeededService,
  service: ClusterService,
): NetworkFault | undefined {
  const own = policies.filter(({ metadata }) => judged.has(metadata.name));
  const protocol = needed === "dns" ? "UDP" : "TCP";
  for (const side of ["behind", "front"] as const) {
    for (const policy of own) {
      const closed = closedPlaces(policy, service[side], protocol);
      if (closed.length === 0) continue;
      const where = side === "behind" ? "" : "the Service of ";
      const pinned = own.some((one) => service[side].some(({ port }) => namesAddresses(one, port, protocol)));
      return {
        side,
        message: `${namespace}: NetworkPolicy ${policy.metadata.name} lets nobody reach ${where}${titles[needed]} at ${describe(closed)}`,
        evidence: `${titles[needed]} is at ${describePlaces(service)}`,
        setting: networkSetting(needed, service, pinned),
      };
    }
  }
  return undefined;
}

/** Where a service is, as a reader compares it with a setting. */
export function describePlaces({ front, behind }: ClusterService): string {
  return [describe(behind), ...(front.length === 0 ? [] : [`behind Service ${describe(front)}`])].join(", ");
}

/**
 * What to write into the stack, in one line of YAML.
 *
 * @param pinned names the API server's addresses, too
 */
export function networkSetting(needed: NeededService, service: ClusterService, pinned: boolean): string {
  const places = [...service.front, ...service.behind];
  const ports = [...new Set(places.map(({ port }) => port))].sort((a, b) => a - b).join(", ");
  if (needed === "dns") return `networkPolicy: { dnsPorts: [${ports}] }`;
  const addresses = [...new Set(places.map(({ address }) => address))];
  // YAML takes an unquoted address with colons for a mapping.
  const listed = addresses.map((address) => (address.includes(":") ? JSON.stringify(address) : address)).join(", ");
  return `networkPolicy: { ${pinned ? `apiServerAddresses: [${listed}], ` : ""}apiServerPorts: [${ports}] }`;
}

const most = 6;

function describe(places: readonly Place[]): string {
  const told = places.map(({ address, port }) =>
    address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`,
  );
  return [...told.slice(0, most), ...(told.length > most ? [`${told.length - most} more`] : [])].join(", ");
}
