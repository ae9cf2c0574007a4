import { randomUUID } from "node:crypto";
import { monotonicClock } from "#base";
import { componentLabels, objectNames } from "#contract";
import { type ApiClient, createLeaseStore, joinElection, type Logger } from "#shared";
import type { EdgeAgentOptions } from "./edge-agent.ts";

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
}): Pick<EdgeAgentOptions, "joinElection"> {
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
