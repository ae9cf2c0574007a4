import { randomBytes } from "node:crypto";
import { type Clock, cutText, type KubernetesObject, type ObjectStore } from "#base";
import type { Event } from "./kubernetes/kinds.ts";
import type { Logger } from "./logger.ts";

/** Something that an operator should find in `kubectl events`. */
export interface Notice {
  readonly type: "Normal" | "Warning";
  /** CamelCase, for machines: `EdgeAgentRepaired`. */
  readonly reason: string;
  /** CamelCase, what the daemon did: `Repair`. */
  readonly action: string;
  /** One sentence for people; cut at 1024 bytes. */
  readonly note: string;
  readonly regarding: { apiVersion: string; kind: string; name: string; uid?: string };
  /** Tells this notice from others of the same reason about the same object. */
  readonly key?: string;
}

/** What a notice about the object regards. */
export function regardingOf({ apiVersion, kind, metadata: { name, uid } }: KubernetesObject): Notice["regarding"] {
  return { apiVersion, kind, name, ...(uid === undefined ? {} : { uid }) };
}

/** Records Kubernetes Events. Never throws and never waits: an event is worth less than the work that it tells of. */
export interface EventRecorder {
  /** @param onRefused called when the notice was not recorded; a repetition within minutes is not refused but left out */
  record(notice: Notice, onRefused?: () => void): void;
}

/** The same notice about the same object is told once in that many milliseconds. */
const repeatInterval = 5 * 60_000;
/** Notices remembered for {@link repeatInterval}. While so many are, further ones are refused. */
const maxRemembered = 256;
/** In bytes of UTF-8, as the API counts. */
const maxNote = 1024;
const maxName = 253;
const idDigits = 16;

/**
 * @param options.controller name of the daemon, such as `iotedge.dev/iotedged`
 * @param options.instance name of its pod
 */
export function createEventRecorder(options: {
  readonly store: ObjectStore;
  readonly controller: string;
  readonly instance: string;
  readonly clock: Clock;
  readonly log: Logger;
}): EventRecorder {
  const { store, controller, instance, clock, log } = options;
  const told = new Map<string, number>();

  function forgetOld(): void {
    for (const [key, at] of told) {
      if (clock.now() - at < repeatInterval) return;
      told.delete(key);
    }
  }

  return {
    record: (notice, onRefused) => {
      forgetOld();
      const key = `${notice.reason}/${notice.regarding.kind}/${notice.regarding.name}/${notice.key ?? ""}`;
      if (told.has(key)) return;
      if (told.size >= maxRemembered) {
        onRefused?.();
        return;
      }
      told.set(key, clock.now());
      const event = eventOf(notice, { controller, instance, namespace: store.namespace, now: clock.now() });
      store.create(event).catch((error: unknown) => {
        told.delete(key);
        onRefused?.();
        log.warn({ error, reason: notice.reason }, "could not record an event");
      });
    },
  };
}

function eventOf(
  notice: Notice,
  from: { controller: string; instance: string; namespace: string; now: number },
): Event & KubernetesObject {
  const { regarding } = notice;
  return {
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    metadata: { name: uniqueName(regarding.name), namespace: from.namespace },
    eventTime: new Date(from.now).toISOString().replace("Z", "000Z"),
    type: notice.type,
    reason: notice.reason,
    action: notice.action,
    note: cutText(notice.note, maxNote),
    regarding: { ...regarding, namespace: from.namespace },
    reportingController: from.controller,
    reportingInstance: from.instance,
  };
}

/** The object's name and something random; an object's own name may be as long as an Event's. */
function uniqueName(name: string): string {
  const stem = name.slice(0, maxName - idDigits - 1).replace(/[.-]+$/, "");
  return `${stem}.${randomBytes(idDigits / 2).toString("hex")}`;
}
