import {
  componentLabels,
  dataKeys,
  fieldManagers,
  labels,
  moduleObjectName,
  objectNames,
  systemModuleIds,
} from "#contract";
import type { ConfigMap, Deployment, Pod } from "../../shared/kubernetes/kinds.ts";
import type { Informer, ObjectStore } from "../../shared/kubernetes/objects.ts";
import type { Module } from "../manifest/manifest.ts";
import type { ManifestSource } from "../manifest/manifest-source.ts";
import type { Installation } from "../mapping/installation.ts";
import type { Metrics } from "../metrics.ts";
import { moduleStatus } from "./module-status.ts";
import type { Platform } from "./platform.ts";
import { type ReportedModule, reportedProperties } from "./reported-properties.ts";

/** Keeps ConfigMap `edgeagent-status` up to date. */
export interface Reporter {
  /** Writes the status when it is not what was written last. */
  run(): Promise<boolean>;
}

const schemaVersion = "1.1";

/**
 * @param options.installation undefined while the owner of the status is not there: nothing is written then
 * @param options.failures why modules could not be brought to their desired state, by module id
 */
export function createReporter(options: {
  readonly runtimeVersion: string;
  readonly source: ManifestSource;
  readonly installation: () => Installation | undefined;
  readonly pods: Informer<Pod>;
  readonly deployments: Informer<Deployment>;
  readonly failures: () => ReadonlyMap<string, Error>;
  readonly platform: () => Platform;
  readonly store: ObjectStore;
  readonly metrics: Metrics;
}): Reporter {
  const { runtimeVersion, source, installation, pods, deployments, failures, platform, store, metrics } = options;
  let written: string | undefined;

  function compose(target: Installation): string {
    const podsOf = groupPods(pods.list());
    const failed = failures();
    const report = (module: Module): ReportedModule => {
      const name = moduleObjectName(module.id);
      const status = moduleStatus(module.id, podsOf.get(name) ?? [], deployments.get(name));
      const failure = failed.get(module.id);
      return { module, status, ...(failure === undefined ? {} : { failure }) };
    };
    const all = (source.inForce?.modules ?? []).map(report);
    countStatuses(all, metrics);
    return reportedProperties({
      runtimeVersion,
      schemaVersion: source.inForce?.schemaVersion ?? schemaVersion,
      platform: platform(),
      desiredVersion: source.version,
      verdict: source.verdict,
      edgeAgent: report(ownModule(target, source.inForce?.edgeAgent)),
      edgeHub: all.find(({ module }) => module.id === systemModuleIds.edgeHub),
      modules: all.filter(({ module }) => module.id !== systemModuleIds.edgeHub),
    });
  }

  return {
    async run() {
      const target = installation();
      if (target === undefined) return true;
      const text = compose(target);
      if (text === written) return true;
      await store.apply(statusObject(text, target));
      written = text;
      return true;
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
    container: { readOnlyRoot: true, bindPrivilegedPorts: false, ports: [], servicePorts: [] },
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
