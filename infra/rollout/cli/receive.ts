import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { mapConcurrently } from "#base";
import { type CommandContext, type ExitCode, exitCodes } from "../../terminal/index.ts";
import { short } from "../drivers/gitops/flux-report.ts";
import { rolloutErrors } from "../errors.ts";
import { acquireRunLock } from "../lock/run-lock.ts";
import type { Fleet } from "../model/index.ts";
import { readClusterKey } from "../receive/cluster-keys.ts";
import { openEventStore } from "../receive/event-store.ts";
import { createReceiver, type ReceivedReport, type Receiver, type TlsPair } from "../receive/receiver.ts";
import { openRollouts, readFleet } from "./rollouts.ts";

export interface ReceiveFlags {
  readonly fleet?: string;
  readonly keys: string;
  readonly tlsCert: string;
  readonly tlsKey: string;
  readonly listen: string;
  readonly json: boolean;
}

/** How often a renewed certificate is looked for. */
const renewalInterval = 30_000;
const refusalInterval = 60_000;

/** `edgectl rollout receive`: until Ctrl-C. */
export async function receiveCommand(flags: ReceiveFlags, context: CommandContext): Promise<ExitCode> {
  const address = readAddress(flags.listen);
  const { fleet } = await readFleet(context, flags.fleet);
  const clusters = reportingClusters(fleet);
  await requireKeys(flags.keys, [...clusters.keys()]);
  const { events } = openRollouts(context);
  await using lock = await acquireRunLock(events, "receive");
  if (lock === undefined) throw refusal("another process of this machine receives already", "Use that one, or end it.");
  const receiver = await createReceiver({
    clusters,
    keyOf: (cluster) => readClusterKey(flags.keys, cluster),
    store: openEventStore(events),
    tls: await readTls(flags),
    now: Date.now,
    observe: createObserver(context, flags.json),
  });
  const port = await receiver.listen(address).catch((error: NodeJS.ErrnoException) => {
    throw refusal(`${flags.listen}: ${error.code}`, "Name another address by --listen HOST:PORT.");
  });
  const renewal = watchTls(flags, receiver, context);
  try {
    context.progress.note(
      `Receives at https://${address.host}:${port}/clusters/NAME/events, of ${clusters.size} clusters`,
    );
    if (!context.signal.aborted) await once(context.signal, "abort");
    return exitCodes.done;
  } finally {
    clearInterval(renewal);
    await receiver.close();
  }
}

/** Clusters of which nothing else is known than what their Flux sends. */
function reportingClusters({ clusters, name }: Fleet): ReadonlyMap<string, string> {
  const found = clusters.flatMap((cluster) =>
    cluster.gitops?.observe === "events" ? [[cluster.name, cluster.gitops.kustomization] as const] : [],
  );
  if (found.length > 0) return new Map(found);
  const remedy = "Write `engine: gitops` and no context for clusters that nobody can reach.";
  throw refusal(`fleet ${name} has no cluster that reports`, remedy);
}

async function requireKeys(directory: string, clusters: readonly string[]): Promise<void> {
  const keys = await mapConcurrently(clusters, (cluster) => readClusterKey(directory, cluster));
  const missing = clusters.filter((_, index) => keys[index] === undefined);
  if (missing.length === 0) return;
  const shown = missing.slice(0, 10).join(", ");
  const more = missing.length > 10 ? ` and ${missing.length - 10} more` : "";
  const remedy = `Put a file of the cluster's name into ${directory} for each, with the 32 to 4096 bytes that Flux's Secret has as \`token\`.`;
  throw refusal(`there is no key for ${shown}${more}`, remedy);
}

async function readTls({ tlsCert, tlsKey }: Pick<ReceiveFlags, "tlsCert" | "tlsKey">): Promise<TlsPair> {
  const read = (file: string) =>
    readFile(file).catch((error: NodeJS.ErrnoException) => {
      throw refusal(
        `${file}: ${error.code}`,
        "Name the certificate by --tls-cert FILE, and its key by --tls-key FILE.",
      );
    });
  const [cert, key] = await Promise.all([read(tlsCert), read(tlsKey)]);
  const { createSecureContext } = await import("node:tls");
  try {
    createSecureContext({ cert, key });
  } catch {
    throw refusal(`${tlsCert} and ${tlsKey} are no certificate and its key`, "Name both as PEM.");
  }
  return { cert, key };
}

function watchTls(flags: ReceiveFlags, receiver: Receiver, { progress }: CommandContext): NodeJS.Timeout {
  return setInterval(() => {
    readTls(flags).then(
      (tls) => receiver.renew(tls),
      (error: Error) => progress.note(`warning: the certificate is kept as it was: ${error.message}`),
    );
  }, renewalInterval);
}

/** Requests that nobody has signed may come in any number: they are counted, and told once a minute. */
function createObserver({ output, progress }: CommandContext, json: boolean): (report: ReceivedReport) => void {
  let refused = 0;
  let told = 0;
  return ({ result, cluster, event, problem }) => {
    const at = Date.now();
    if (cluster === undefined) {
      refused += 1;
      if (at - told < refusalInterval) return;
      progress.note(`warning: ${refused} requests were refused, which no cluster of the fleet has signed`);
      [refused, told] = [0, at];
      return;
    }
    const { digest, severity, reason, message } = event ?? {};
    if (json) {
      const time = new Date(at).toISOString();
      const line = { at: time, cluster, result, severity, reason, digest, message, problem };
      void output.write(`${JSON.stringify(line)}\n`);
      return;
    }
    const what = event === undefined ? (problem ?? "") : `${severity} ${reason} ${short(digest)}: ${message}`;
    void output.write(`${cluster}: ${result} ${what}\n`);
  };
}

function readAddress(text: string): { readonly host: string; readonly port: number } {
  const [, bracketed, plain, port] = /^(?:\[([0-9a-fA-F:]+)\]|([^:\s]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || Number(port) > 65_535) {
    throw refusal(`${JSON.stringify(text)} is no address`, "Write --listen HOST:PORT, such as 0.0.0.0:8443.");
  }
  return { host, port: Number(port) };
}

function refusal(problem: string, remedy: string): Error {
  return rolloutErrors.EDGE_ROLLOUT_RECEIVE({ problem, remedy });
}
