import { componentSelector, type IotedgedSettings, labels, objectNames } from "#contract";
import { EdgeError } from "#errors";
import type { Clock } from "../../../shared/clock.ts";
import type { ApiClient } from "../../../shared/kubernetes/api-client.ts";
import {
  configMaps,
  deployments,
  events,
  namespacedPath,
  type Pod,
  pods,
  serviceAccounts,
  services,
} from "../../../shared/kubernetes/kinds.ts";
import { version } from "../../../shared/version.ts";
import { splitLines, upTo } from "../logs/lines.ts";
import type { PodLogSource } from "../logs/pod-log-source.ts";
import type { Slots } from "../slots.ts";
import type { BundleQuery } from "./bundle-query.ts";
import { type ByteBudget, createByteBudget } from "./byte-budget.ts";
import { redactObject } from "./redact-object.ts";
import { scrubLines } from "./scrub-text.ts";
import { type ArchiveFile, zip } from "./zip.ts";

/** Gives an archive of what somebody who is to help needs to see. */
export type SupportBundle = (query: BundleQuery, signal: AbortSignal) => AsyncIterable<Uint8Array>;

const mebibyte = 1024 * 1024;
/** Of all files, unpacked. */
const maxBytes = 128 * mebibyte;
/** Of one container's log. */
const maxLogBytes = 8 * mebibyte;
const maxLogLines = 50_000;
const pageSize = 200;
const kinds = [pods, deployments, services, serviceAccounts, configMaps, events] as const;
const runtimeModules: ReadonlySet<string> = new Set([objectNames.edgeAgent, "edgehub"]);

/**
 * @param options.slots one place: an archive keeps a processor busy
 * @param options.ending aborted when iotedged stops
 */
export function createSupportBundle(options: {
  readonly client: ApiClient;
  readonly installation: IotedgedSettings["installation"];
  readonly logs: PodLogSource;
  readonly metrics: () => Promise<string>;
  readonly slots: Slots;
  readonly ending: AbortSignal;
  readonly clock: Clock;
}): SupportBundle {
  const { client, installation, logs, metrics, slots, ending, clock } = options;
  const { namespace } = installation;

  async function* files(query: BundleQuery, signal: AbortSignal): AsyncGenerator<ArchiveFile> {
    const budget = createByteBudget(maxBytes);
    const found: Pod[] = [];
    for (const { plural, apiVersion } of kinds) {
      let page = 0;
      for await (const items of pagesOf(client, namespacedPath({ plural, apiVersion }, namespace), signal)) {
        if (plural === pods.plural) found.push(...(items as Pod[]));
        yield jsonFile(`objects/${plural}-${++page}.json`, items.map(redactObject), budget);
      }
    }
    yield textFile("metrics/iotedged.prom", await metrics(), budget);
    for (const request of logsOf(found, installation, query)) {
      if (budget.isSpent) break;
      const { pod, container, previous } = request;
      const name = `logs/${pod}/${container}${previous ? ".previous" : ""}.log`;
      yield { name, content: budget.limit(logLines(request, query, signal)) };
    }
    yield jsonFile("bundle.json", summaryOf(query, budget), createByteBudget(mebibyte));
  }

  async function* logLines(request: LogOfContainer, query: BundleQuery, signal: AbortSignal) {
    const limits = { follow: false, timestamps: true, since: query.since, tail: maxLogLines, maxBytes: maxLogBytes };
    try {
      yield* scrubLines(upTo(splitLines(await logs({ ...request, ...limits }, signal)), query.until));
    } catch (error) {
      if (signal.aborted) throw error;
      yield Buffer.from(`${error instanceof EdgeError ? error.message : "the log could not be read"}\n`);
    }
  }

  function summaryOf({ since, until, runtimeOnly }: BundleQuery, budget: ByteBudget) {
    const time = (milliseconds: number) => new Date(milliseconds).toISOString();
    return {
      version,
      installation,
      made: time(clock.now()),
      logs: { since: time(since), until: time(until), runtimeOnly },
      complete: !budget.isSpent,
      left_out: "Secrets, values of environment variables, commands, and what looks like a token or a private key",
    };
  }

  return (query, signal) => {
    const release = slots.take();
    signal.addEventListener("abort", release);
    if (signal.aborted) release();
    return zip(files(query, AbortSignal.any([signal, ending])), clock.now());
  };
}

interface LogOfContainer {
  readonly pod: string;
  readonly container: string;
  readonly previous: boolean;
}

/** Logs of the installation's pods; where a container was restarted, also that of its last life. */
function logsOf(
  found: readonly Pod[],
  installation: IotedgedSettings["installation"],
  { runtimeOnly }: BundleQuery,
): LogOfContainer[] {
  const own = Object.entries(componentSelector("iotedged", installation.name));
  const isRuntime = ({ metadata }: Pod) =>
    own.every(([label, value]) => metadata.labels?.[label] === value) ||
    runtimeModules.has(metadata.labels?.[labels.module] ?? "");
  const isModule = ({ metadata }: Pod) => metadata.labels?.[labels.module] !== undefined;
  return found
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

interface Page {
  readonly metadata: { readonly continue?: string };
  readonly items: readonly object[];
}

/** All objects of a kind, in pages, so that a namespace of any size can be told of. */
async function* pagesOf(client: ApiClient, path: string, signal: AbortSignal): AsyncGenerator<readonly object[]> {
  let next: string | undefined;
  do {
    const query = { limit: String(pageSize), continue: next };
    const page: Page = await client.call({ verb: "list", path, query, signal });
    yield page.items;
    next = page.metadata.continue || undefined;
  } while (next !== undefined);
}

function jsonFile(name: string, value: unknown, budget: ByteBudget): ArchiveFile {
  return textFile(name, `${JSON.stringify(value, null, 2)}\n`, budget);
}

function textFile(name: string, text: string, budget: ByteBudget): ArchiveFile {
  return { name, content: budget.limit(once(Buffer.from(text))) };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
