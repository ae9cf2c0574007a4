import { randomUUID } from "node:crypto";
import type { V1OwnerReference } from "@kubernetes/client-node";
import { monotonicClock } from "#base";
import { componentLabels, objectNames } from "#contract";
import { type ApiClient, createLeaseStore, joinElection, type LeaderElection, type Logger, type Term } from "#shared";
import type { Metrics } from "./metrics.ts";

/** Takes part in the election of the one replica that writes. */
export type JoinElection = (owner: V1OwnerReference, lead: (term: Term) => Promise<void>) => LeaderElection;

/**
 * Elects the one replica that writes, by Lease `edgeagent`. A replica alone needs no election: its Deployment starts
 * another only when it is gone.
 *
 * @param options.podName tells in the Lease who leads
 */
export function electionOf(options: {
  readonly client: ApiClient;
  readonly installation: { readonly name: string; readonly namespace: string };
  readonly podName: string;
  readonly replicas: number;
  readonly random: () => number;
  readonly logger: Logger;
}): { readonly joinElection?: JoinElection } {
  const { client, installation, podName, replicas, random, logger: log } = options;
  if (replicas === 1) return {};
  const lease = {
    client,
    namespace: installation.namespace,
    name: objectNames.edgeAgent,
    labels: componentLabels("edgeagent", installation.name),
  };
  return {
    joinElection: (owner, lead) => {
      const leases = createLeaseStore({ ...lease, owner });
      const identity = `${podName}_${randomUUID()}`;
      return joinElection({ leases, identity, lead, clock: monotonicClock, random, log });
    },
  };
}

/** This replica's part in the election. */
export interface Leadership {
  /** Whether this replica is the one that writes. */
  readonly leads: boolean;
  /** Stands for election, once. The Lease belongs to the installation, so that the election waits for its owner. */
  stand(owner: V1OwnerReference | undefined): void;
  stop(): Promise<void>;
}

/**
 * @param options.joinElection absent where there is no other replica: then this one leads
 * @param options.begin called when this replica begins to lead
 * @param options.finish resolves when all is done that was begun as the leader
 */
export function createLeadership(options: {
  readonly joinElection: JoinElection | undefined;
  readonly metrics: Pick<Metrics, "leader">;
  readonly begin: () => void;
  readonly finish: () => Promise<unknown>;
}): Leadership {
  const { joinElection: join, metrics, begin, finish } = options;
  let election: LeaderElection | undefined;
  async function lead({ ended }: Term): Promise<void> {
    metrics.leader.set(1);
    begin();
    await ended;
    metrics.leader.set(0);
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
