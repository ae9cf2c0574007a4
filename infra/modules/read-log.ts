import { Writable } from "node:stream";
import { type KubeConfig, Log } from "@kubernetes/client-node";
import { proxyContainer } from "#contract";
import { moduleErrors } from "#errors";
import type { FoundModule } from "./find-module.ts";

/** Which part of a log is read. */
export interface LogOptions {
  readonly follow: boolean;
  /** The last so many lines; undefined: all. */
  readonly tail: number | undefined;
  /** Only what is not older, in seconds. */
  readonly since: number | undefined;
  readonly timestamps: boolean;
}

/**
 * Reads the log of a module's newest pod that has a node, with the rights of who runs edgectl. To the API server the log
 * of any other is empty and over.
 *
 * @param write is waited for, so that nothing piles up
 * @throws EDGE_MODULE_LOG_FAILED
 */
export async function readLog(
  config: KubeConfig,
  moduleId: string,
  { namespace, pods }: FoundModule,
  { follow, tail, since, timestamps }: LogOptions,
  write: (text: string) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const pod = pods.find(({ spec }) => spec.nodeName !== undefined);
  if (pod === undefined) {
    throw moduleErrors.EDGE_MODULE_LOG_FAILED({ module: moduleId, problem: "its pod has no node yet" });
  }
  const names: string[] = pod.spec.containers.map(({ name }: { name: string }) => name);
  const container = names.find((name) => name !== proxyContainer) ?? "";
  const decoder = new TextDecoder();
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      write(decoder.decode(chunk, { stream: true })).then(() => done(), done);
    },
  });
  const ended = new Promise<void>((resolve, reject) => stream.once("finish", resolve).once("error", reject));
  const given = { tailLines: tail, sinceSeconds: since };
  const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  try {
    const options = { follow, timestamps, ...known };
    const request = await new Log(config).log(namespace, pod.metadata.name, container, stream, options);
    signal.addEventListener("abort", () => request.abort());
    await ended;
  } catch (cause) {
    if (signal.aborted) return;
    throw moduleErrors.EDGE_MODULE_LOG_FAILED({ module: moduleId, problem: (cause as Error).message }, { cause });
  }
}
