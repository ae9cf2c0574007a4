import { EdgeError, isJsonObject, parseJson } from "#base";
import { proxyContainer } from "#contract";
import type { LiveObject, OpenStream } from "../kubernetes/index.ts";
import { moduleErrors } from "./errors.ts";
import type { FoundModule } from "./find-module.ts";

/** Which part of a log is read. */
export interface LogOptions {
  readonly follow: boolean;
  /** Of the run before the present one, or of the last where none runs. */
  readonly previous: boolean;
  /** The last so many lines; undefined: all. */
  readonly tail: number | undefined;
  /** Only what is not older, in seconds. */
  readonly since: number | undefined;
  readonly timestamps: boolean;
}

const maxProblemLength = 600;
/** What the kubelet sends instead of a log that its container runtime has removed, with status 200. */
const removedLog = /^unable to retrieve container logs for \S+\s*$/;
const removed = "the node has removed that run and its log already; ask again after the next one";

/**
 * Reads the log of a module's newest pod that has a node, with the rights of who runs edgectl. To the API server the log
 * of any other is empty and over.
 *
 * @param write is waited for, so that nothing piles up
 * @throws EDGE_MODULE_LOG_FAILED, EDGE_MODULE_NO_PREVIOUS_RUN
 */
export async function readLog(
  open: OpenStream,
  moduleId: string,
  { namespace, pods }: FoundModule,
  { follow, previous, tail, since, timestamps }: LogOptions,
  write: (chunk: Uint8Array) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const fail = (problem: string, options?: ErrorOptions) =>
    moduleErrors.EDGE_MODULE_LOG_FAILED({ module: moduleId, problem, namespace }, options);
  const pod = pods.find(({ spec }) => spec.nodeName !== undefined);
  if (pod === undefined) throw fail("its pod has no node yet");
  const names: string[] = pod.spec.containers.map(({ name }: { name: string }) => name);
  const container = names.find((name) => name !== proxyContainer);
  const query = {
    container,
    follow: String(follow),
    previous: String(previous),
    timestamps: String(timestamps),
    tailLines: tail?.toString(),
    sinceSeconds: since?.toString(),
  };
  const path = `/api/v1/namespaces/${namespace}/pods/${pod.metadata.name}/log`;
  const { status, read } = await open({ path, query, follow }, signal);
  try {
    if (status >= 300) {
      const problem = await messageOf(read);
      throw previous && runsForTheFirstTime(pod, container)
        ? moduleErrors.EDGE_MODULE_NO_PREVIOUS_RUN({ module: moduleId, namespace })
        : fail(problem);
    }
    let isFirst = true;
    for await (const chunk of read) {
      if (isFirst && removedLog.test(Buffer.from(chunk).toString("latin1"))) throw fail(removed);
      isFirst = false;
      await write(chunk);
    }
  } catch (cause) {
    if (signal.aborted) return;
    throw cause instanceof EdgeError ? cause : fail(`the connection broke: ${(cause as Error).message}`, { cause });
  }
}

function runsForTheFirstTime({ status }: LiveObject, container: string | undefined): boolean {
  const own = status?.containerStatuses?.find(({ name }: { name: string }) => name === container);
  return own?.state?.running !== undefined && own.lastState?.terminated === undefined;
}

/** What the API server has against the request. */
async function messageOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of chunks) parts.push(part);
  const text = Buffer.concat(parts).toString("utf8");
  const answer = parseJson(text);
  return (isJsonObject(answer) ? String(answer.message) : text).slice(0, maxProblemLength);
}
