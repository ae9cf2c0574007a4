import { randomUUID } from "node:crypto";
import type { V1OwnerReference } from "@kubernetes/client-node";
import { monotonicClock } from "#base";
import { componentLabels } from "#contract";
import type { ApiClient } from "../kubernetes/api-client.ts";
import type { Logger } from "../logger.ts";
import { joinElection, type LeaderElection, type Term } from "./leader-election.ts";
import { createLeaseStore } from "./lease.ts";

/** Joins the election of the one replica of a daemon that writes. */
export type JoinElection = (owner: V1OwnerReference, lead: (term: Term) => Promise<void>) => LeaderElection;

/**
 * Elects by the Lease of a real API server that has the daemon's name.
 *
 * @param options.podName tells in the Lease who leads
 */
export function electByLease(options: {
  readonly client: ApiClient;
  readonly installation: { readonly name: string; readonly namespace: string };
  readonly daemon: "iotedged" | "edgeagent";
  readonly podName: string;
  readonly random: () => number;
  readonly logger: Logger;
}): JoinElection {
  const { client, installation, daemon: name, podName, random, logger: log } = options;
  const lease = { client, namespace: installation.namespace, name, labels: componentLabels(name, installation.name) };
  return (owner, lead) => {
    const leases = createLeaseStore({ ...lease, owner });
    return joinElection({ leases, identity: `${podName}_${randomUUID()}`, lead, clock: monotonicClock, random, log });
  };
}

/** A replica's part in the election. */
export interface Leadership {
  /** Whether this replica is the one that writes. */
  readonly leads: boolean;
  /** Stands for election, once. The Lease belongs to the installation, so that the election waits for its owner. */
  stand(owner: V1OwnerReference | undefined): void;
  stop(): Promise<void>;
}

/**
 * @param options.join absent where there is no other replica: then this one leads
 * @param options.gauge 1 while this replica leads as the one that was elected
 * @param options.begin called when this replica begins to lead
 * @param options.finish resolves when all is done that was begun as the leader
 */
export function createLeadership(options: {
  readonly join: JoinElection | undefined;
  readonly gauge: { set(value: number): void };
  readonly begin: () => void;
  readonly finish: () => Promise<unknown>;
}): Leadership {
  const { join, gauge, begin, finish } = options;
  let election: LeaderElection | undefined;
  async function lead({ ended }: Term): Promise<void> {
    gauge.set(1);
    begin();
    await ended;
    gauge.set(0);
    await finish();
  }
  return {
    get leads() {
      return join === undefined || (election?.leads ?? false);
    },
    stand: (owner) => {
      if (owner !== undefined) election ??= join?.(owner, lead);
    },
    stop: async () => election?.stop(),
  };
}
