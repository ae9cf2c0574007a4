import type { Site } from "../shared/site.ts";
import type { Assault } from "./attacker.ts";

/** One attack, of one or several kinds at once. */
export interface AttackPlan {
  readonly name: string;
  readonly assaults: readonly Assault[];
}

/** Address of the one client that attacks, and of those who join it. */
const attacker = ["127.0.0.2"];
const crowd = ["127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5"];
/** As a pod's own address: what the proxy listens at beside the loopback's first one. */
export const podAddress = "127.0.0.20";

/** @param modules whose tokens the attackers have where they use any */
export function attackPlans(site: Site, modules: readonly string[]): readonly AttackPlan[] {
  const at = (port: number, host = "127.0.0.1") => ({ host, port });
  const workload = at(site.iotedgedPort);
  const apis = [workload, at(site.iotedged.management)];
  const probes = [at(site.iotedged.observability)];
  const proxy = [at(site.proxy.layout.observabilityPort, podAddress)];
  const one = (attack: Assault["attack"], targets: Assault["targets"], connections: number): AttackPlan => ({
    name: attack,
    assaults: [{ attack, from: attacker, targets, connections }],
  });
  return [
    one("half-open", apis, 1024),
    one("silent", apis, 512),
    one("slow-heads", apis, 512),
    one("slow-bodies", apis, 512),
    one("garbage-tokens", [workload], 64),
    { ...one("plain-heads", probes, 600), name: "probes: slow heads" },
    { ...one("metrics", probes, 64), name: "probes: metrics" },
    { ...one("plain-heads", proxy, 600), name: "9601: slow heads" },
    { ...one("metrics", proxy, 64), name: "9601: metrics" },
    {
      name: "all limits at once",
      assaults: [
        { attack: "resting", from: attacker, targets: [workload], connections: 400, modules },
        { attack: "slow-bodies", from: attacker, targets: [workload], connections: 100, modules },
        { attack: "huge-handshake", from: crowd, targets: apis, connections: 200 },
      ],
    },
  ];
}
