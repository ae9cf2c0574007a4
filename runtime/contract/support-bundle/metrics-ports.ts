import { portNames } from "../ports.ts";
import { type BundlePod, podsOf } from "./bundle-pods.ts";

/** Where a container serves metrics. */
export interface MetricsPort {
  readonly pod: string;
  readonly container: string;
  readonly port: number;
}

const ofMetrics: ReadonlySet<string> = new Set([portNames.observability, portNames.proxyObservability]);

/**
 * Where iotedged, EdgeAgent and the proxies that run serve their metrics; what modules serve is their own.
 *
 * @param runtimeOnly those of iotedged, EdgeAgent and EdgeHub alone
 */
export function metricsPorts(pods: readonly BundlePod[], installation: string, runtimeOnly: boolean): MetricsPort[] {
  return podsOf(pods, installation, runtimeOnly).flatMap(({ metadata, spec, status }) => {
    const lives = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
    const running = new Set(lives.filter(({ state }) => state?.running !== undefined).map(({ name }) => name));
    return [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])]
      .filter(({ name }) => running.has(name))
      .flatMap(({ name, ports = [] }) =>
        ports
          .filter((port) => ofMetrics.has(port.name ?? ""))
          .map(({ containerPort }) => ({ pod: metadata.name, container: name, port: containerPort })),
      );
  });
}
