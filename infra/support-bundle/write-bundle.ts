import type { KubeConfig } from "@kubernetes/client-node";
import { EdgeError } from "#base";
import { type ArchiveFile, bundleFiles, type Missing, zip } from "#contract";
import manifest from "../../package.json" with { type: "json" };
import type { Hints } from "../deploy/index.ts";
import { type Cluster, createStreamer } from "../kubernetes/index.ts";
import { checkedText } from "./checked-text.ts";
import { bundlePlurals, clusterSource } from "./cluster-source.ts";
import type { FoundInstallation } from "./find-installation.ts";

/** What a bundle that was made has, and what it has not. */
export interface BundleSummary {
  readonly bytes: number;
  readonly files: number;
  readonly missing: readonly Missing[];
}

/** Without the cluster there is no bundle; anything else may be missing from it. */
const fatal: ReadonlySet<string> = new Set(["EDGE_APPLY_UNREACHABLE", "EDGE_APPLY_UNAUTHORIZED"]);

/**
 * Makes a support bundle with the rights of who runs edgectl. What they may not read is missing, and told.
 *
 * @param options.now milliseconds since the epoch, as is `since`: logs from then on
 * @param options.metrics whether it has the metrics of iotedged, EdgeAgent and the proxies, which take the right to get
 *   `pods/proxy`
 * @param options.write is waited for, so that nothing piles up
 * @param options.tell told the name of each file before it comes
 */
export async function writeBundle(options: {
  readonly cluster: Cluster & { readonly config: KubeConfig };
  readonly hints: Hints;
  readonly installation: FoundInstallation;
  readonly now: number;
  readonly since: number;
  readonly metrics: boolean;
  readonly write: (chunk: Uint8Array) => Promise<void>;
  readonly tell: (line: string) => void;
  readonly signal: AbortSignal;
}): Promise<BundleSummary> {
  const { cluster, hints, installation, now, since, metrics, write, tell, signal } = options;
  const { namespace } = installation;
  const missing: Missing[] = [];
  let files = 0;
  let bytes = 0;
  async function* counted(given: AsyncIterable<ArchiveFile>): AsyncGenerator<ArchiveFile> {
    for await (const file of given) {
      signal.throwIfAborted();
      tell(file.name);
      files += 1;
      yield file;
    }
  }
  const found = bundleFiles({
    source: clusterSource({
      cluster,
      open: createStreamer(cluster.config),
      namespace,
      metrics,
      texts: async () => ({ "check.json": await checkedText(cluster, hints, namespace, now, signal) }),
      signal,
    }),
    plurals: bundlePlurals,
    installation,
    madeBy: `edgectl ${manifest.version}`,
    now,
    since,
    until: now,
    runtimeOnly: false,
    problemOf: (error) => (signal.aborted ? undefined : problemOf(error)),
    onMissing: (one) => {
      missing.push(one);
    },
  });
  for await (const chunk of zip(counted(found), now)) {
    await write(chunk);
    bytes += chunk.length;
  }
  return { bytes, files, missing };
}

function problemOf(error: unknown): string | undefined {
  if (error instanceof DOMException && error.name === "TimeoutError") return "there was no answer in time";
  if (!(error instanceof EdgeError)) return "the connection broke";
  return fatal.has(error.code) ? undefined : error.message;
}
