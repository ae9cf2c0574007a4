import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { objectNames } from "#contract";
import type { AuditEvent } from "../../support/audit.ts";
import { waitFor } from "../../support/wait-for.ts";

/** A call of the API server, as its audit log has it. */
interface TimedEvent extends AuditEvent {
  /** When the answer was complete; RFC 3339 with microseconds. */
  readonly stageTimestamp: string;
}

/** Kinds that EdgeAgent makes of modules; the status and Events are not counted among them. */
const moduleKinds: readonly string[] = ["deployments", "services", "serviceaccounts"];
const writingVerbs: readonly string[] = ["create", "patch", "update", "delete"];
const accountPrefix = "system:serviceaccount:";

/** What EdgeAgent of a namespace asked the API server for, and when. */
export interface Calls {
  readonly total: number;
  /** Writes of modules' objects. */
  readonly writes: number;
  /** Milliseconds since the epoch at which each Deployment was first written. */
  readonly deploymentsWritten: readonly number[];
  /** Writes of modules' objects that EdgeAgent gave up waiting for. The API server may have carried them out. */
  readonly unanswered: number;
  /** Milliseconds since the epoch of each write of the deployment manifest by the administrator. */
  readonly manifestsWritten: readonly number[];
}

/**
 * Reads the calls of each namespace, once all are in the log: a call is written there after it was answered.
 *
 * @param options.since milliseconds since the epoch; calls that ended before are left out
 * @param options.deployments how many Deployments must have been written in each namespace
 */
export function readCalls(
  auditLog: string,
  namespaces: readonly string[],
  options: { readonly since: number; readonly deployments: number },
): Promise<readonly Calls[]> {
  return waitFor(
    "the audit log",
    async () => {
      const byNamespace = Map.groupBy(await eventsSince(auditLog, options.since), namespaceOf);
      return namespaces.map((namespace) => {
        const calls = callsOf(byNamespace.get(namespace) ?? [], namespace);
        const { length } = calls.deploymentsWritten;
        if (length < options.deployments)
          throw new Error(`${namespace} has writes of ${length} of ${options.deployments} Deployments`);
        return calls;
      });
    },
    30,
  );
}

/** Line by line, since the whole log may be large. */
async function eventsSince(auditLog: string, since: number): Promise<TimedEvent[]> {
  const events: TimedEvent[] = [];
  for await (const line of createInterface({ input: createReadStream(auditLog) })) {
    // The last line may still be under way.
    if (!line.endsWith("}")) continue;
    const event = JSON.parse(line) as TimedEvent;
    if (event.stage === "ResponseComplete" && timeOf(event) >= since) events.push(event);
  }
  return events;
}

function callsOf(events: readonly TimedEvent[], namespace: string): Calls {
  const user = `${accountPrefix}${namespace}:${objectNames.edgeAgent}`;
  const own = events.filter((event) => event.user.username === user);
  const attempts = own.filter((event) => isWriteOf(event, moduleKinds));
  const writes = attempts.filter(succeeded);
  const manifests = events.filter(
    (event) =>
      event.user.username !== user &&
      isWriteOf(event, ["configmaps"]) &&
      event.objectRef?.name === objectNames.deployment,
  );
  return {
    total: own.length,
    writes: writes.length,
    deploymentsWritten: firstWrites(attempts.filter((event) => isWriteOf(event, ["deployments"]))),
    unanswered: attempts.filter(isUnanswered).length,
    manifestsWritten: manifests.filter(succeeded).map(timeOf),
  };
}

/** When each object was written; of one that nobody saw succeed, when its write was given up. */
function firstWrites(attempts: readonly TimedEvent[]): readonly number[] {
  const byName = Map.groupBy(attempts, ({ objectRef }) => objectRef?.name);
  return [...byName.values()].flatMap((ofOne) => {
    const first = ofOne.find(succeeded) ?? ofOne.find(isUnanswered);
    return first === undefined ? [] : [timeOf(first)];
  });
}

/** Namespace of the account that asks; of the object where an administrator does. */
function namespaceOf({ user, objectRef }: AuditEvent): string | undefined {
  const [account] = user.username.startsWith(accountPrefix) ? user.username.slice(accountPrefix.length).split(":") : [];
  return account ?? objectRef?.namespace;
}

function isWriteOf({ verb, objectRef }: AuditEvent, kinds: readonly string[]): boolean {
  return writingVerbs.includes(verb) && kinds.includes(objectRef?.resource ?? "");
}

const codeOf = ({ responseStatus }: AuditEvent) => responseStatus?.code ?? 500;
const succeeded = (event: AuditEvent) => codeOf(event) < 400;
const isUnanswered = (event: AuditEvent) => codeOf(event) >= 500;

function timeOf({ stageTimestamp }: TimedEvent): number {
  // `Date` keeps milliseconds only, which is precise enough for what takes longer.
  return Date.parse(stageTimestamp);
}
