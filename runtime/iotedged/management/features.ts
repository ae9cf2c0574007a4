import type { Clock } from "#base";
import type { IotedgedSettings } from "#contract";
import type { EventRecorder } from "#shared";
import type { Cluster } from "../cluster.ts";
import type { Metrics } from "../metrics.ts";
import { createModuleLogs, type ModuleLogs } from "./logs/module-logs.ts";
import { createPodLogSource } from "./logs/pod-log-source.ts";
import { createModuleControl, type ModuleControl } from "./module-control.ts";
import { createSlots } from "./slots.ts";
import { createSupportBundle, type SupportBundle } from "./support-bundle/support-bundle.ts";
import { listWorkloads } from "./workloads.ts";

/** What the management API offers beside facts. What is turned off is undefined. */
export interface ManagementFeatures {
  readonly control: ModuleControl;
  readonly logs: ModuleLogs | undefined;
  readonly supportBundle: SupportBundle | undefined;
}

/** Logs that one replica sends at the same time. */
const maxLogs = 16;

/** @param options.ending aborted when iotedged stops: what lasts long ends then */
export function createManagementFeatures(options: {
  readonly settings: IotedgedSettings;
  readonly cluster: Cluster;
  readonly events: EventRecorder;
  readonly ending: AbortSignal;
  readonly clock: Clock;
  readonly metrics: Metrics;
}): ManagementFeatures {
  const { settings, cluster, events, ending, clock, metrics } = options;
  const { installation, features } = settings;
  const { client, informers } = cluster;
  const source = createPodLogSource(client, installation.namespace);
  return {
    control: createModuleControl({
      client: features.moduleRestart ? client : undefined,
      namespace: installation.namespace,
      workloads: () => listWorkloads(informers),
      pods: informers.pods,
      events,
    }),
    logs: features.moduleLogs
      ? createModuleLogs({ pods: informers.pods, source, slots: createSlots(maxLogs), ending, clock })
      : undefined,
    supportBundle: features.supportBundle
      ? createSupportBundle({
          client,
          installation,
          jobs: features.moduleJobs,
          logs: source,
          metrics: () => metrics.registry.metrics(),
          slots: createSlots(1),
          ending,
          clock,
        })
      : undefined,
  };
}
