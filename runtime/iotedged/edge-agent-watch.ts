import type { V1OwnerReference } from "@kubernetes/client-node";
import { type IotedgedSettings, objectNames } from "#contract";
import type { Clock } from "../shared/clock.ts";
import type { EventRecorder } from "../shared/event-recorder.ts";
import { serviceAccounts } from "../shared/kubernetes/kinds.ts";
import type { Logger } from "../shared/logger.ts";
import { ownerReference } from "../shared/pod/owner-reference.ts";
import { createLoop } from "../shared/reconcile/loop.ts";
import type { Cluster } from "./cluster.ts";
import type { Metrics } from "./metrics.ts";
import type { FollowedFiles } from "./mounted-files.ts";
import { edgeAgentDeployment } from "./supervision/edge-agent-deployment.ts";
import { createSupervisor } from "./supervision/supervisor.ts";

const never = 2 ** 31 - 1;

/** Keeps EdgeAgent as its settings say, once the informers are filled. */
export function watchEdgeAgent(options: {
  readonly settings: IotedgedSettings;
  readonly agentSettings: FollowedFiles["agentSettings"];
  readonly cluster: Cluster;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly random: () => number;
  readonly metrics: Metrics;
  readonly log: Logger;
}): { stop(): Promise<void> } {
  const { settings, agentSettings, cluster, events, clock, random, metrics, log } = options;
  const { store, informers } = cluster;
  let owner: V1OwnerReference | undefined;

  const supervisor = createSupervisor({
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
    supervisor.trigger();
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
      for (const end of unsubscribe) end();
      await Promise.all([finding.stop(), supervisor.stop()]);
    },
  };
}
