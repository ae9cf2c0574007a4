import { componentSelector, labels } from "../labels.ts";
import { objectNames } from "../names.ts";

/** What a bundle has to know of a pod. */
export interface BundlePod {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec?: {
    readonly initContainers?: readonly BundleContainer[];
    readonly containers?: readonly BundleContainer[];
  };
  readonly status?: {
    readonly initContainerStatuses?: readonly ContainerLife[];
    readonly containerStatuses?: readonly ContainerLife[];
  };
}

interface BundleContainer {
  readonly name: string;
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
}

interface ContainerLife {
  readonly name: string;
  readonly restartCount: number;
  readonly state?: { readonly running?: object };
}

const runtimeModules: ReadonlySet<string> = new Set([objectNames.edgeAgent, "edgehub"]);

/**
 * The installation's pods.
 *
 * @param runtimeOnly those of iotedged, EdgeAgent and EdgeHub alone
 */
export function podsOf(pods: readonly BundlePod[], installation: string, runtimeOnly: boolean): BundlePod[] {
  const own = Object.entries(componentSelector("iotedged", installation));
  const isRuntime = ({ metadata }: BundlePod) =>
    own.every(([label, value]) => metadata.labels?.[label] === value) ||
    runtimeModules.has(metadata.labels?.[labels.module] ?? "");
  const isModule = ({ metadata }: BundlePod) => metadata.labels?.[labels.module] !== undefined;
  return pods.filter((pod) => isRuntime(pod) || (!runtimeOnly && isModule(pod)));
}
