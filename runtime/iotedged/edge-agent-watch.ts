import type { V1OwnerReference } from "@kubernetes/client-node";
import type { Clock } from "#base";
import { generationIdOf, type IotedgedSettings, objectNames } from "#contract";
import {
  createLeadership,
  createLoop,
  type EventRecorder,
  electByLease,
  type Logger,
  ownerReference,
  serviceAccounts,
} from "#shared";
import type { Cluster } from "./cluster.ts";
import type { Metrics } from "./metrics.ts";
import type { FollowedFiles } from "./mounted-files.ts";
import { edgeAgentDeployment } from "./supervision/edge-agent-deployment.ts";
import { createSupervisor } from "./supervision/supervisor.ts";

const never = 2 ** 31 - 1;

/** What else the replica that leads does. */
export interface LedWork {
  /** Called when this replica has begun to lead. @param leads whether it still does */
  begin(leads: () => boolean): void;
  /** Resolves when nothing of it is under way any more. */
  finish(): Promise<void>;
}

/** Keeps EdgeAgent as its settings say, once the informers are filled, while this replica is the one that leads. */
export function watchEdgeAgent(options: {
  readonly settings: IotedgedSettings;
  /** Name of the pod: tells in the Lease who leads. */
  readonly podName: string;
  readonly agentSettings: FollowedFiles["agentSettings"];
  readonly beside?: LedWork | undefined;
  readonly cluster: Cluster;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly random: () => number;
  readonly metrics: Metrics;
  readonly log: Logger;
}): { stop(): Promise<void> } {
  const { settings, podName, agentSettings, beside, cluster, events, clock, random, metrics, log } = options;
  const { store, informers } = cluster;
  let owner: V1OwnerReference | undefined;
  let isStopped = false;
  const leadership = createLeadership({
    join: electByLease({
      ...{ client: cluster.client, installation: settings.installation, podName, random, logger: log },
      daemon: "iotedged",
    }),
    gauge: metrics.leader,
    begin: () => {
      supervisor.trigger();
      beside?.begin(() => leadership.leads);
    },
    finish: () => Promise.all([supervisor.idle(), beside?.finish()]),
  });

  const supervisor = createSupervisor({
    leads: () => leadership.leads,
    settings: () => agentSettings.current,
    desired: () => {
      const account = informers.serviceAccounts.get(objectNames.edgeAgent);
      const generationId = account && generationIdOf(account.metadata);
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
    if (!isStopped) leadership.stand(owner);
    return true;
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
      await leadership.stop();
    },
  };
}
