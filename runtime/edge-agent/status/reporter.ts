import type { Informer, ObjectStore } from "#base";
import {
  componentLabels,
  dataKeys,
  fieldManagers,
  labels,
  objectNames,
  systemModuleIds,
  type TwinRecord,
} from "#contract";
import { lastInOrder, type Module, plainOptions } from "#manifest";
import type { ConfigMap, EventRecorder, Pod } from "#shared";
import type { ManifestSource } from "../manifest-source.ts";
import { type Installation, objectNameOf } from "../mapping/installation.ts";
import { relaxationsOf } from "../mapping/relaxations.ts";
import type { Workload } from "../mapping/workload.ts";
import type { Metrics } from "../metrics.ts";
import { moduleFailedNotice } from "../notices.ts";
import type { Progress } from "../reconcile/reconciler.ts";
import { deployedModules } from "./deployed-modules.ts";
import { moduleStatus, type RuntimeStatus } from "./module-status.ts";
import type { Platform } from "./platform.ts";
import { type Report, type ReportedModule, reportedProperties } from "./reported-properties.ts";

/** Keeps ConfigMap `edgeagent-status` up to date. */
export interface Reporter {
  /** Writes the status if it has changed since it was last written. */
  run(): Promise<boolean>;
  /** Another replica may have written the status: the next run writes it even if it has not changed. */
  forget(): void;
  /** What was told last, or would have been if it had changed. */
  readonly latest: Report | undefined;
}

const schemaVersion = "1.1";
const waitingDescription = "Waits for modules of a lower startupOrder";
const unregisteredDescription = "Waits until IoT Hub has its key";
const endingDescription = "Waits for the end of its pod of before";
const fetchingDescription = "Runs on as it is while its new image is fetched";

/** What a module waits for. */
function waitOf(id: string, { held, ending, unregistered, fetching }: Progress): string | undefined {
  if (held.has(id)) return waitingDescription;
  if (ending.has(id)) return endingDescription;
  if (unregistered.has(id)) return unregisteredDescription;
  return fetching.has(id) ? fetchingDescription : undefined;
}

/**
 * @param options.installation undefined while the owner of the status is not there: nothing is written then
 * @param options.leads whether this process is the one that writes
 */
export function createReporter(options: {
  readonly runtimeVersion: string;
  readonly source: ManifestSource;
  readonly installation: () => Installation | undefined;
  readonly leads: () => boolean;
  readonly pods: Informer<Pod>;
  /** Deployments and Jobs of the namespace. */
  readonly workloads: () => readonly Workload[];
  readonly progress: Progress;
  readonly platform: () => Platform;
  /** Undefined where the installation stands alone. */
  readonly hub: () => TwinRecord | undefined;
  readonly store: ObjectStore;
  readonly events: EventRecorder;
  readonly metrics: Metrics;
}): Reporter {
  const { runtimeVersion, source, installation, leads, pods, workloads, progress, platform, store } = options;
  const { events, metrics, hub } = options;
  let written: string | undefined;
  let latest: Report | undefined;
  let statuses: ReadonlyMap<string, RuntimeStatus> = new Map();

  function compose(target: Installation): Report {
    const podsOf = groupPods(pods.list());
    const present = workloads();
    const workloadOf = new Map(present.map((workload) => [workload.metadata.name, workload]));
    const { observed, failures } = progress;
    const report = (module: Module): ReportedModule => {
      const name = objectNameOf(module.id, target);
      const workload = workloadOf.get(name);
      const found = moduleStatus(name, podsOf.get(name) ?? [], workload);
      const waits = waitOf(module.id, progress);
      const status = waits === undefined ? found : { ...found, statusDescription: waits };
      const failure = failures.get(module.id);
      const relaxations = workload === undefined ? [] : relaxationsOf(workload);
      return { module, status, relaxations, ...(failure === undefined ? {} : { failure }) };
    };
    const { name: own } = target.identity.installation;
    const all = (source.inForce?.modules ?? deployedModules(present, own)).map(report);
    countStatuses(all, metrics);
    tellFailures(all, (moduleId) => workloadOf.get(objectNameOf(moduleId, target)));
    return {
      runtimeVersion,
      schemaVersion: source.inForce?.schemaVersion ?? schemaVersion,
      platform: platform(),
      desiredVersion: source.version,
      ...(source.versionInForce === undefined ? {} : { versionInForce: source.versionInForce }),
      verdict: source.verdict,
      observed,
      hub: hub(),
      edgeAgent: report(ownModule(target, source.inForce?.edgeAgent)),
      edgeHub: all.find(({ module }) => module.id === systemModuleIds.edgeHub),
      modules: all.filter(({ module }) => module.id !== systemModuleIds.edgeHub),
    };
  }

  /** An Event for each module that has failed since the last look. */
  function tellFailures(
    modules: readonly ReportedModule[],
    workloadOf: (moduleId: string) => Workload | undefined,
  ): void {
    for (const { module, status } of modules) {
      if (status.runtimeStatus !== "failed" || statuses.get(module.id) === "failed") continue;
      const workload = workloadOf(module.id);
      if (workload !== undefined) events.record(moduleFailedNotice(module.id, status, workload));
    }
    statuses = new Map(modules.map(({ module, status }) => [module.id, status.runtimeStatus]));
  }

  return {
    async run() {
      const target = installation();
      if (target === undefined || !leads()) return true;
      latest = compose(target);
      const text = reportedProperties(latest);
      if (text === written) return true;
      await store.apply(statusObject(text, target));
      written = text;
      return true;
    },
    forget: () => {
      written = undefined;
    },
    get latest() {
      return latest;
    },
  };
}

/** EdgeAgent as it really runs: its image is the installation's, whatever the manifest names. */
function ownModule({ settings }: Installation, entry: Module | undefined): Module {
  const { image } = settings.edgeAgent;
  return {
    id: systemModuleIds.edgeAgent,
    status: "running",
    restartPolicy: "always",
    imagePullPolicy: "on-create",
    environment: new Map(),
    startupOrder: lastInOrder,
    ...plainOptions,
    ...(entry === undefined ? {} : entry),
    image,
  };
}

/** Pods by the name of their module; EdgeAgent's own carry its component's name. */
function groupPods(pods: readonly Pod[]): ReadonlyMap<string, readonly Pod[]> {
  return Map.groupBy(pods, ({ metadata }) => metadata.labels?.[labels.module] ?? metadata.labels?.[labels.name] ?? "");
}

function countStatuses(modules: readonly ReportedModule[], metrics: Metrics): void {
  metrics.modules.reset();
  for (const { status } of modules) metrics.modules.inc({ status: status.runtimeStatus });
}

function statusObject(text: string, { identity, owner }: Installation): ConfigMap {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: objectNames.status,
      namespace: identity.installation.namespace,
      labels: {
        ...componentLabels("edgeagent", identity.installation.name),
        [labels.managedBy]: fieldManagers.edgeAgent,
      },
      ownerReferences: [owner],
    },
    data: { [dataKeys.status]: text },
  };
}
