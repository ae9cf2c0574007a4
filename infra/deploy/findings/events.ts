import { createScrubber } from "#contract";
import type { LiveObject } from "../../kubernetes/index.ts";
import { oneLine } from "./finding.ts";

/** An Event about an object, with what is counted in it. */
export interface Told {
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  readonly time: string;
  /** The container that it is about, where it is about one. */
  readonly container: string | undefined;
}

/** What is told of an object, the newest first. */
export function eventsAbout(events: readonly LiveObject[], uid: string): readonly Told[] {
  return events
    .filter(({ involvedObject }) => involvedObject?.uid === uid)
    .map(tellEvent)
    .sort((a, b) => (a.time < b.time ? 1 : a.time > b.time ? -1 : 0));
}

/** What an Event says, when last, and how often. */
export function tellEvent(event: LiveObject): Told {
  return {
    reason: String(event.reason ?? ""),
    message: said(event),
    count: Number(event.series?.count ?? event.count ?? 1),
    time: String(
      event.series?.lastObservedTime ??
        event.lastTimestamp ??
        event.eventTime ??
        event.metadata.creationTimestamp ??
        "",
    ),
    container: /^spec\.(?:init)?containers\{(.+)\}$/i.exec(String(event.involvedObject?.fieldPath ?? ""))?.[1],
  };
}

/** The output of a health check is the module's own, and may hold what is secret. */
function said({ reason, message }: LiveObject): string {
  const line = oneLine(String(message ?? ""));
  return reason === "Unhealthy" ? scrubber.text(line) : line;
}

const scrubber = createScrubber();

/** How often something was told: it grows with each time that the kubelet has tried anew. */
export function countOf(told: readonly Told[]): number {
  return told.reduce((sum, { count }) => sum + count, 0);
}
