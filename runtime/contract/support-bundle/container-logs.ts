import { type BundlePod, podsOf } from "./bundle-pods.ts";

/** Names a container's log. */
export interface ContainerLog {
  readonly pod: string;
  readonly container: string;
  /** That of the container's life before the present one. */
  readonly previous: boolean;
}

/**
 * Logs of the installation's pods; where a container was restarted, also that of its last life.
 *
 * @param runtimeOnly those of iotedged, EdgeAgent and EdgeHub alone
 */
export function containerLogs(pods: readonly BundlePod[], installation: string, runtimeOnly: boolean): ContainerLog[] {
  return podsOf(pods, installation, runtimeOnly).flatMap(({ metadata, status }) =>
    [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].flatMap(
      ({ name, restartCount }) => {
        const log = { pod: metadata.name, container: name };
        return [{ ...log, previous: false }, ...(restartCount > 0 ? [{ ...log, previous: true }] : [])];
      },
    ),
  );
}
