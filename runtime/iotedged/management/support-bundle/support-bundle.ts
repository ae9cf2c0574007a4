import { type Clock, EdgeError } from "#base";
import { type BundleSource, bundleFiles, type IotedgedSettings, zip } from "#contract";
import {
  type ApiClient,
  configMaps,
  deployments,
  events,
  jobs,
  listPages,
  namespacedPath,
  pods,
  serviceAccounts,
  services,
  version,
} from "#shared";
import type { PodLogSource } from "../logs/pod-log-source.ts";
import type { Slots } from "../slots.ts";
import type { BundleQuery } from "./bundle-query.ts";

/** Gives an archive of what a supporter needs to see. */
export type SupportBundle = (query: BundleQuery, signal: AbortSignal) => AsyncIterable<Uint8Array>;

const pageSize = 200;
const kinds = [pods, deployments, jobs, services, serviceAccounts, configMaps, events] as const;

/**
 * @param options.jobs whether Jobs may be listed
 * @param options.slots one place: an archive keeps a processor busy
 * @param options.ending aborted when iotedged stops
 */
export function createSupportBundle(options: {
  readonly client: ApiClient;
  readonly installation: IotedgedSettings["installation"];
  readonly jobs: boolean;
  readonly logs: PodLogSource;
  readonly metrics: () => Promise<string>;
  readonly slots: Slots;
  readonly ending: AbortSignal;
  readonly clock: Clock;
}): SupportBundle {
  const { client, installation, logs, metrics, slots, ending, clock } = options;
  const known = kinds.filter((kind) => kind !== jobs || options.jobs);

  function sourceOf(signal: AbortSignal): BundleSource {
    return {
      objects: (plural) => pagesOf(client, pathOf(plural, installation.namespace), signal),
      log: (log, limits) => logs({ ...log, ...limits, follow: false, timestamps: true }, signal),
      texts: async () => ({ "metrics/iotedged.prom": await metrics() }),
    };
  }

  return (query, signal) => {
    const release = slots.take();
    signal.addEventListener("abort", release);
    if (signal.aborted) release();
    const stop = AbortSignal.any([signal, ending]);
    const now = clock.now();
    const files = bundleFiles({
      ...query,
      source: sourceOf(stop),
      plurals: known.map(({ plural }) => plural),
      installation,
      madeBy: `iotedged ${version}`,
      now,
      problemOf: (error) => (stop.aborted ? undefined : problemOf(error)),
    });
    return zip(files, now);
  };
}

/** Only messages of `EdgeError`s are shown: others may hold secrets. */
function problemOf(error: unknown): string {
  return error instanceof EdgeError ? error.message : "it could not be read";
}

function pathOf(plural: string, namespace: string): string {
  const kind = kinds.find((one) => one.plural === plural) ?? pods;
  return namespacedPath(kind, namespace);
}

/** All objects of a kind, in pages, so that a namespace of any size can be told of. */
async function* pagesOf(client: ApiClient, path: string, signal: AbortSignal): AsyncGenerator<readonly object[]> {
  for await (const { items } of listPages<object>(client, { path, size: pageSize, signal })) yield items;
}
