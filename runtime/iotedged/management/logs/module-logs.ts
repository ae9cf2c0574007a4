import { type Clock, EdgeError, type Informer } from "#base";
import { annotations, isModuleServiceAccount, labels, proxyContainer, splitLines, upTo } from "#contract";
import type { Pod } from "#shared";
import { HttpError, notFound, unavailable } from "../../http-error.ts";
import { newestPod } from "../newest-pod.ts";
import type { Slots } from "../slots.ts";
import { lastOf, withoutTimes } from "./lines.ts";
import type { LogQuery } from "./log-query.ts";
import type { PodLogSource } from "./pod-log-source.ts";

/** A log as it comes, and the pod that it is of. */
export interface ModuleLog {
  readonly pod: string;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Gives a module's log. */
export type ModuleLogs = (moduleId: string, query: LogQuery, signal: AbortSignal) => Promise<ModuleLog>;

/** Bytes of the lines that `tail` together with `until` has to hold at once. */
const maxHeld = 4 * 1024 * 1024;
const maxTimer = 2 ** 31 - 1;

/**
 * @returns a function that opens a log; its place is free again when the given signal aborts, at the latest with the call
 * @param options.ending aborted when iotedged stops: logs that are followed end then, in order
 */
export function createModuleLogs(options: {
  readonly pods: Informer<Pod>;
  readonly source: PodLogSource;
  readonly slots: Slots;
  readonly ending: AbortSignal;
  readonly clock: Clock;
}): ModuleLogs {
  const { pods, source, slots, ending, clock } = options;

  async function open(moduleId: string, query: LogQuery, signal: AbortSignal): Promise<ModuleLog> {
    const own = podsOf(pods.list(), moduleId);
    if (own.length === 0) throw notFound("There is no module of that name, or it has no pod");
    const pod = newestPod(own.filter(isPlaced));
    const container = pod && moduleContainer(pod);
    if (pod === undefined || container === undefined) throw notStarted();
    const chunks = await read(pod.metadata.name, container, query, signal);
    return { pod: pod.metadata.name, chunks };
  }

  async function read(pod: string, container: string, query: LogQuery, signal: AbortSignal) {
    const { tail, since, until, timestamps } = query;
    const follow = query.follow && (until === undefined || until > clock.now());
    const request = { pod, container, follow, since };
    try {
      if (until === undefined) return await source({ ...request, tail, timestamps }, signal);
      const lines = splitLines(await source({ ...request, timestamps: true }, signal));
      const wanted = timestamps ? upTo(lines, until) : withoutTimes(upTo(lines, until));
      return tail === undefined ? wanted : lastOf(wanted, tail, maxHeld);
    } catch (error) {
      throw answerTo(error);
    }
  }

  return async (moduleId, query, signal) => {
    const release = slots.take();
    signal.addEventListener("abort", release);
    if (signal.aborted) release();
    const stop = AbortSignal.any([signal, ending, untilTime(query.until, clock, signal)]);
    const { pod, chunks } = await open(moduleId, query, stop);
    return { pod, chunks: endingWith(stop, chunks) };
  };
}

/**
 * Aborts at `time`, unless `leave` aborts before. A time in the past, or further away than a timer can wait, has no
 * effect.
 */
function untilTime(time: number | undefined, clock: Clock, leave: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const wait = (time ?? 0) - clock.now();
  if (wait > 0 && wait <= maxTimer)
    leave.addEventListener(
      "abort",
      clock.after(wait, () => controller.abort()),
    );
  return controller.signal;
}

/** Ends without an error when `stop` is aborted. */
async function* endingWith(stop: AbortSignal, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    if (!stop.aborted) throw error;
  }
}

function answerTo(error: unknown): unknown {
  if (!(error instanceof EdgeError)) return error;
  if (error.code === "EDGE_KUBERNETES_NOT_FOUND") return notFound("The module has no pod any more");
  if (error.code === "EDGE_KUBERNETES_INVALID") {
    return notStarted();
  }
  return unavailable("unavailable", "The log cannot be read at present, try again", error);
}

function notStarted(): HttpError {
  return new HttpError(409, "conflict", "The module has not started yet, so there is no log");
}

function podsOf(pods: readonly Pod[], moduleId: string): Pod[] {
  return pods.filter(({ metadata }) => {
    const name = metadata.labels?.[labels.module];
    // Two ids may have the same former name: the annotation tells which of them it is.
    const id = metadata.annotations?.[annotations.moduleId] ?? moduleId;
    return name !== undefined && id === moduleId && isModuleServiceAccount(name, moduleId);
  });
}

/** The API server takes the log of a pod without a node for complete and empty, even when it is followed. */
function isPlaced({ spec }: Pod): boolean {
  return spec?.nodeName !== undefined;
}

/** The module's own container is the one that is not the proxy. */
export function moduleContainer(pod: Pod): string | undefined {
  return pod.spec?.containers.find(({ name }) => name !== proxyContainer)?.name;
}
