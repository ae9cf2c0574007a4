import { objectNames } from "#contract";
import { type AuditEvent, readAudit } from "../../test/support/audit.ts";

/** A call of the API server, as its audit log has it. */
interface TimedEvent extends AuditEvent {
  /** When the answer was complete; RFC 3339 with microseconds. */
  readonly stageTimestamp: string;
}

/** Kinds that EdgeAgent makes of modules; the status and Events are not counted among them. */
const moduleKinds: readonly string[] = ["deployments", "services", "serviceaccounts"];
const writingVerbs: readonly string[] = ["create", "patch", "update", "delete"];

/** What EdgeAgent of a namespace asked the API server for, and when. */
export interface Calls {
  readonly total: number;
  /** Writes of modules' objects. */
  readonly writes: number;
  /** Milliseconds since the epoch of each write of a Deployment. */
  readonly deploymentsWritten: readonly number[];
  /** Milliseconds since the epoch of each write of the deployment manifest by the administrator. */
  readonly manifestsWritten: readonly number[];
}

/** @param since milliseconds since the epoch; calls that ended before are left out */
export async function readCalls(auditLog: string, namespace: string, since = 0): Promise<Calls> {
  const events = ((await readAudit(auditLog)) as TimedEvent[]).filter(
    (event) => event.stage === "ResponseComplete" && timeOf(event) >= since && isIn(event, namespace),
  );
  const user = `system:serviceaccount:${namespace}:${objectNames.edgeAgent}`;
  const own = events.filter((event) => event.user.username === user);
  const writes = own.filter((event) => isWriteOf(event, moduleKinds));
  const manifests = events.filter(
    (event) =>
      event.user.username !== user &&
      isWriteOf(event, ["configmaps"]) &&
      event.objectRef?.name === objectNames.deployment,
  );
  return {
    total: own.length,
    writes: writes.length,
    deploymentsWritten: writes.filter((event) => isWriteOf(event, ["deployments"])).map(timeOf),
    manifestsWritten: manifests.map(timeOf),
  };
}

function isIn({ objectRef, requestURI }: AuditEvent, namespace: string): boolean {
  return objectRef?.namespace === namespace || requestURI.includes("selfsubjectaccessreviews");
}

function isWriteOf({ verb, objectRef, responseStatus }: AuditEvent, kinds: readonly string[]): boolean {
  return (
    writingVerbs.includes(verb) && kinds.includes(objectRef?.resource ?? "") && (responseStatus?.code ?? 500) < 400
  );
}

function timeOf({ stageTimestamp }: TimedEvent): number {
  // `Date` keeps milliseconds only, which is precise enough for what takes longer.
  return Date.parse(stageTimestamp);
}
