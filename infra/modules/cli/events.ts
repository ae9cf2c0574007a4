import { EdgeError, mapConcurrently } from "#base";
import type { Cluster, LiveObject } from "../../kubernetes/index.ts";
import { type CommandContext, cleanLine, type ExitCode, exitCodes, formatTable } from "../../terminal/index.ts";
import { type ChoiceFlags, chooseCluster, chosenNamespaces } from "../chosen-installations.ts";
import { inOrder, orderedEvents } from "../events.ts";

export interface EventsFlags extends ChoiceFlags {
  readonly module?: string;
  readonly warnings: boolean;
  /** Seconds. */
  readonly since?: number;
  readonly json: boolean;
}

/** More are no table that anybody reads; whoever may make Events may make a million. */
const maxEvents = 50_000;

/** Undefined where the credentials may not list them. */
async function visiblePods(cluster: Cluster, namespace: string): Promise<readonly LiveObject[] | undefined> {
  try {
    return await cluster.list({ apiVersion: "v1", kind: "Pod" }, { namespace });
  } catch (error) {
    if (error instanceof EdgeError && error.code === "EDGE_APPLY_FORBIDDEN") return undefined;
    throw error;
  }
}

/** `edgectl events` */
export async function eventsCommand(flags: EventsFlags, context: CommandContext): Promise<ExitCode> {
  const { cluster, namespaces } = await chooseCluster(flags, context);
  const since = flags.since === undefined ? undefined : Date.now() - flags.since * 1000;
  const { module, warnings } = flags;
  const found = await mapConcurrently(await chosenNamespaces(cluster, namespaces), async (namespace) => {
    const events = await cluster.list({ apiVersion: "v1", kind: "Event" }, { namespace, most: maxEvents });
    const pods = warnings ? await visiblePods(cluster, namespace) : undefined;
    return orderedEvents(events, pods, { module, warnings, since });
  });
  const events = found.flat().sort(inOrder);
  if (flags.json) await context.output.json({ context: cluster.context, events });
  else if (events.length === 0)
    context.progress.note("Nothing was told within the time for which the cluster keeps it.");
  else {
    const rows = events.map(({ namespace, time, type, reason, object, message, count }) =>
      [time, namespace, type, reason, object, count > 1 ? `${message} (${count} times)` : message].map(cleanLine),
    );
    await context.output.write(formatTable(["TIME", "NAMESPACE", "TYPE", "REASON", "OBJECT", "MESSAGE"], rows));
  }
  return exitCodes.done;
}
