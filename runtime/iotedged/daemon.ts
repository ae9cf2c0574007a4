import type { KubeConfig } from "@kubernetes/client-node";
import type { Clock } from "#base";
import { objectNames } from "#contract";
import type { ConnectHttps } from "#iot-hub";
import { createEventRecorder, createHealth, type Logger, startObservabilityServer } from "#shared";
import { descriptions } from "./api-descriptions.ts";
import { createApis } from "./apis.ts";
import { serviceHostNames } from "./certificates/host-names.ts";
import { startServingCertificate } from "./certificates/serving-certificate.ts";
import { connectCluster } from "./cluster.ts";
import { watchEdgeAgent } from "./edge-agent-watch.ts";
import { linkHub } from "./hub/hub-link.ts";
import { followWrittenVersion } from "./keys/written-version.ts";
import { createMetrics } from "./metrics.ts";
import { followFiles, readStartFiles } from "./mounted-files.ts";
import { requireOwnAccount } from "./own-account.ts";
import { followPermissions, permissionsCondition } from "./permissions.ts";
import { watchTrust } from "./trust/trust-watch.ts";
import { certificateCondition, followVitalSigns } from "./vital-signs.ts";

interface Ports {
  readonly management: number;
  readonly workload: number;
  readonly observability: number;
}

/** What iotedged needs of the world. */
export interface DaemonOptions {
  /** Before every mounted path; empty in a pod. */
  readonly root: string;
  /** Name of the pod, for Events. */
  readonly podName: string;
  /** Whom it calls the API server as, where that is known. */
  readonly account?: string | undefined;
  /** Address that all three servers listen on. */
  readonly host: string;
  /** Names that its serving certificate is for; those of its Service by default. */
  readonly serverNames?: readonly [string, ...string[]];
  /** 0 takes any free port. */
  readonly ports: Ports;
  readonly kubeConfig: KubeConfig;
  readonly clock: Clock;
  readonly random: () => number;
  /** Milliseconds from "not ready" to closing, in which clients go elsewhere. */
  readonly drainTime: number;
  /** Bytes that the container may have. */
  readonly memoryLimit: number;
  /** Whether CPU, memory and event loop are watched too. */
  readonly processMetrics: boolean;
  readonly log: Logger;
  /** How IoT Hub is reached. @default by DNS and the network */
  readonly connectHub?: ConnectHttps | undefined;
}

/** iotedged at work. */
export interface Daemon {
  /** The ports in use. */
  readonly ports: Ports;
  stop(): Promise<void>;
}

const controller = "iotedge.dev/iotedged";
const listenerCondition = "listener";
const watchesCondition = "watches";
const ciphertextsCondition = "ciphertexts";
const conditions = [
  ...[listenerCondition, certificateCondition, permissionsCondition],
  ...[watchesCondition, ciphertextsCondition],
];
/** Longest wait for requests that run when the daemon stops. */
const closeGrace = 10_000;

/**
 * Starts iotedged: files, probes and both APIs, and in the background what needs the API server, which may be away.
 *
 * @throws EdgeError when a mounted file is missing or cannot be used, or the account is that of another installation
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { root, host, kubeConfig, clock, random, log } = options;
  const metrics = createMetrics(options);
  const { settings, keys } = await readStartFiles(root);
  log.level = settings.logLevel;
  const { installation } = settings;
  requireOwnAccount(options.account, installation.namespace);
  const files = await followFiles({ root, clock, metrics, log });
  const certificate = await startServingCertificate({
    ca: files.ca,
    hosts: options.serverNames ?? serviceHostNames(objectNames.iotedged, installation.namespace),
    days: settings.certificates.servingDays,
    clock,
    random,
    onFailure: (error) => log.error({ error }, "no serving certificate can be issued, the present one stays"),
  });
  certificate.onChange(({ notAfter }) => log.info({ notAfter: new Date(notAfter) }, "serving certificate renewed"));

  const health = createHealth(conditions);
  const documents = {
    "/openapi/management.json": descriptions.management,
    "/openapi/workload.json": descriptions.workload,
  };
  const probes = { port: options.ports.observability, host, health, registry: metrics.registry, documents };
  const observability = await startObservabilityServer(probes);
  const cluster = connectCluster({ kubeConfig, settings, clock, random, log });
  const { client, store, informers } = cluster;
  const events = createEventRecorder({ store, controller, instance: options.podName, clock, log });
  const { podName } = options;
  const watched = { settings, files, certificate, cluster, events, clock, metrics, log };
  const trust = watchTrust({ ...watched, podName, random });
  const ciphertexts = followWrittenVersion({ ...watched, podName, random });
  const { memoryLimit } = options;
  const hub = await linkHub({ ...watched, root, keys, random, health, connect: options.connectHub });
  const apis = createApis({ ...watched, keys, ciphertexts, trust, hub, health, memoryLimit });
  const management = await apis.management.listen({ port: options.ports.management, host });
  const workload = await apis.workload.listen({ port: options.ports.workload, host });
  health.pass(listenerCondition);

  const permissions = followPermissions({ client, settings, health, clock, random, log });
  const endVitalSigns = followVitalSigns({ files, certificate, informers, events, clock, metrics, health });
  const agentSettings = files.agentSettings;
  let edgeAgent: { stop(): Promise<void> } | undefined;
  Promise.all(Object.values(informers).map((informer) => informer.start())).then(
    () => {
      health.pass(watchesCondition);
      void ciphertexts.begin().then(() => health.pass(ciphertextsCondition));
      edgeAgent = watchEdgeAgent({
        settings,
        podName,
        agentSettings,
        beside: hub?.led,
        cluster,
        events,
        clock,
        random,
        metrics,
        log,
      });
    },
    () => log.info("stopped before the first lists were complete"),
  );

  async function stop(): Promise<void> {
    health.fail(listenerCondition, "shutting down");
    apis.drain();
    const elsewhere = Promise.all([edgeAgent?.stop(), hub?.stop(), ciphertexts.stop(), permissions.stop()]);
    await new Promise<void>((resolve) => void setTimeout(resolve, options.drainTime));
    await Promise.all([apis.management.close(closeGrace), apis.workload.close(closeGrace)]);
    await elsewhere;
    await trust.stop();
    apis.stop();
    endVitalSigns();
    certificate.stop();
    files.stop();
    await Promise.all([cluster.close(), observability.close()]);
  }

  return { ports: { management, workload, observability: observability.port }, stop };
}
