interface PolicyPort {
  readonly port?: number | string;
  readonly endPort?: number;
  readonly protocol?: string;
}
interface EgressRule {
  readonly to?: readonly object[];
  readonly ports?: readonly PolicyPort[];
}

/** A NetworkPolicy, as far as it says what pods may reach. */
export interface EgressPolicy {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: { readonly policyTypes?: readonly string[]; readonly egress?: readonly EgressRule[] };
}

/** Ports among `wanted` at which the policy lets nobody be reached: rules that name whom are not for cluster services. */
export function closedPorts({ spec }: EgressPolicy, wanted: readonly number[], protocol: string): readonly number[] {
  if (!(spec?.policyTypes ?? []).includes("Egress")) return [];
  const open = (spec?.egress ?? []).filter(({ to }) => to === undefined || to.length === 0);
  return wanted.filter(
    (port) => !open.some(({ ports }) => ports === undefined || ports.some((one) => lets(one, port, protocol))),
  );
}

function lets({ port, endPort, protocol: of = "TCP" }: PolicyPort, wanted: number, protocol: string): boolean {
  if (of !== protocol) return false;
  if (port === undefined) return true;
  const first = Number(port);
  return wanted >= first && wanted <= (endPort ?? first);
}
