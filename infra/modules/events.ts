import { formerModuleObjectName, moduleObjectName } from "#contract";
import { type Told, tellEvent } from "../deploy/index.ts";
import type { LiveObject } from "../kubernetes/index.ts";

/** Something that the cluster tells of an object. */
export interface ToldEvent extends Pick<Told, "time" | "reason" | "message" | "count"> {
  readonly namespace: string;
  /** `Normal` or `Warning`. */
  readonly type: string;
  /** `Pod/sensor-1` */
  readonly object: string;
}

export interface EventSelection {
  /** Only those of this module's objects. */
  readonly module?: string | undefined;
  /** Only warnings. */
  readonly warnings: boolean;
  /** Only what was not told before, in milliseconds since 1970. */
  readonly since?: number | undefined;
}

/** What the cluster tells of the objects of a namespace, the oldest first. */
export function orderedEvents(
  events: readonly LiveObject[],
  { module, warnings, since }: EventSelection,
): readonly ToldEvent[] {
  const names = module === undefined ? undefined : [moduleObjectName(module), formerModuleObjectName(module)];
  const isOf = (name: string) => names === undefined || names.some((own) => name === own || name.startsWith(`${own}-`));
  return events
    .filter(({ involvedObject, type }) => isOf(String(involvedObject?.name ?? "")) && (!warnings || type === "Warning"))
    .map((event) => {
      const { time, reason, message, count } = tellEvent(event);
      const { kind, name } = event.involvedObject ?? {};
      const namespace = event.metadata.namespace ?? "";
      return { namespace, time, type: String(event.type ?? ""), reason, object: `${kind}/${name}`, message, count };
    })
    .filter(({ time }) => since === undefined || Date.parse(time) >= since)
    .sort((a, b) => Date.parse(a.time) - Date.parse(b.time) || a.object.localeCompare(b.object));
}
