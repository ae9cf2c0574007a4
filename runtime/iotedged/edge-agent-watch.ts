import { randomUUID } from "node:crypto";
import type { V1OwnerReference } from "@kubernetes/client-node";
import { type Clock, monotonicClock } from "#base";
import { componentLabels, type IotedgedSettings, objectNames } from "#contract";
import {
  createLeaseStore,
  createLoop,
  type EventRecorder,
  joinElection,
  type LeaderElection,
  type Logger,
  ownerReference,
  serviceAccounts,
  type Term,
} from "#shared";
import type { Cluster } from "./cluster.ts";
import type { Metrics } from "./metrics.ts";
import type { FollowedFiles } from "./mounted-files.ts";
import { edgeAgentDeployment } from "./supervision/edge-agent-deployment.ts";
import { createSupervisor } from "./supervision/supervisor.ts";

const never = 2 ** 31 - 1;

/** Keeps EdgeAgent as its settings say, once the informers are filled, while this replica is the one that leads. */
export function watchEdgeAgent(options: {
  readonly settings: IotedgedSettings;
  /** Name of the pod: tells in the Lease who leads. */
  readonly podName: string;
  readonly agentSettings: FollowedFiles["agentSettings"];
  readonly cluster: Cluster;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly random: () => number;
  readonly metrics: Metrics;
  readonly log: Logger;
}): { stop(): Promise<void> } {
  const { settings, podName, agentSettings, cluster, events, clock, random, metrics, log } = options;
  const { store, informers } = cluster;
  let owner: V1OwnerReference | undefined;
  let election: LeaderElection | undefined;
  let isStopped = false;

  const supervisor = createSupervisor({
    leads: () => election?.leads ?? false,
    settings: () => agentSettings.current,
    desired: () => {
      const generationId = informers.serviceAccounts.get(objectNames.edgeAgent)?.metadata.uid;
      if (owner === undefined || generationId === undefined) return undefined;
      return edgeAgentDeployment({ identity: settings, settings: agentSettings.current, owner, generationId });
    },
    informer: informers.deployments,
    store,
    events,
    clock,
    random,
    metrics,
    log,
  });
  /** The account's uid cannot change while this process runs: its own token is bound to it. */
  async function findOwner(): Promise<boolean> {
    if (owner !== undefined) return true;
    const account = await store.get(serviceAccounts, objectNames.iotedged);
    if (account === undefined) return false;
    owner = ownerReference(account);
    // Replicas that do not lead look, too: when one takes over, it must know what was in force before.
    supervisor.trigger();
    if (!isStopped) election = join(owner);
    return true;
  }
  function join(holder: V1OwnerReference): LeaderElection {
    const { namespace, name } = settings.installation;
    const leases = createLeaseStore({
      client: cluster.client,
      namespace,
      name: objectNames.iotedged,
      labels: componentLabels("iotedged", name),
      owner: holder,
    });
    const identity = `${podName}_${randomUUID()}`;
    return joinElection({ leases, identity, lead: watch, clock: monotonicClock, random, log });
  }
  async function watch({ ended }: Term): Promise<void> {
    metrics.leader.set(1);
    supervisor.trigger();
    await ended;
    metrics.leader.set(0);
    await supervisor.idle();
  }
  const onError = (error: unknown) => log.warn({ error }, "the owner of EdgeAgent's Deployment cannot be read");
  const finding = createLoop({ run: findOwner, onError, clock, random, delay: 0, resync: never });
  finding.trigger();
  const unsubscribe = [
    agentSettings.onChange(supervisor.trigger),
    informers.serviceAccounts.onChange(supervisor.trigger),
  ];
  return {
    stop: async () => {
      isStopped = true;
      for (const end of unsubscribe) end();
      await Promise.all([finding.stop(), supervisor.stop()]);
      await election?.stop();
    },
  };
}
