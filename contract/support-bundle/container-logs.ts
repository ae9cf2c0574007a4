import { componentSelector, labels, objectNames } from "../index.ts";

/** What a bundle has to know of a pod. */
export interface BundlePod {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly status?: {
    readonly initContainerStatuses?: readonly ContainerLife[];
    readonly containerStatuses?: readonly ContainerLife[];
  };
}

interface ContainerLife {
  readonly name: string;
  readonly restartCount: number;
}

/** Names a container's log. */
export interface ContainerLog {
  readonly pod: string;
  readonly container: string;
  /** That of the container's life before the present one. */
  readonly previous: boolean;
}

const runtimeModules: ReadonlySet<string> = new Set([objectNames.edgeAgent, "edgehub"]);

/**
 * Logs of the installation's pods; where a container was restarted, also that of its last life.
 *
 * @param runtimeOnly those of iotedged, EdgeAgent and EdgeHub alone
 */
export function containerLogs(pods: readonly BundlePod[], installation: string, runtimeOnly: boolean): ContainerLog[] {
  const own = Object.entries(componentSelector("iotedged", installation));
  const isRuntime = ({ metadata }: BundlePod) =>
    own.every(([label, value]) => metadata.labels?.[label] === value) ||
    runtimeModules.has(metadata.labels?.[labels.module] ?? "");
  const isModule = ({ metadata }: BundlePod) => metadata.labels?.[labels.module] !== undefined;
  return pods
    .filter((pod) => isRuntime(pod) || (!runtimeOnly && isModule(pod)))
    .flatMap(({ metadata, status }) =>
      [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].flatMap(
        ({ name, restartCount }) => {
          const log = { pod: metadata.name, container: name };
          return [{ ...log, previous: false }, ...(restartCount > 0 ? [{ ...log, previous: true }] : [])];
        },
      ),
    );
}
