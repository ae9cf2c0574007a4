import { formerModuleObjectName, moduleObjectName } from "#contract";
import { type Told, tellEvent } from "../deploy/index.ts";
import type { LiveObject } from "../kubernetes/index.ts";
import { isOfPassedStart } from "./passed-start.ts";

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
  /** Only warnings, without those of starts that went well. */
  readonly warnings: boolean;
  /** Only what was not told before, in milliseconds since 1970. */
  readonly since?: number | undefined;
}

/**
 * What the cluster tells of the objects of a namespace, the oldest first.
 *
 * @param pods that it has; undefined where they may not be seen
 */
export function orderedEvents(
  events: readonly LiveObject[],
  pods: readonly LiveObject[] | undefined,
  { module, warnings, since }: EventSelection,
): readonly ToldEvent[] {
  const names = module === undefined ? undefined : [moduleObjectName(module), formerModuleObjectName(module)];
  const isOf = (name: string) => names === undefined || names.some((own) => name === own || name.startsWith(`${own}-`));
  const isWarning = (event: LiveObject) => event.type === "Warning" && !isOfPassedStart(event, events, pods);
  return events
    .filter((event) => isOf(String(event.involvedObject?.name ?? "")) && (!warnings || isWarning(event)))
    .map((event) => {
      const { time, reason, message, count } = tellEvent(event);
      const { kind, name } = event.involvedObject ?? {};
      const namespace = event.metadata.namespace ?? "";
      return { namespace, time, type: String(event.type ?? ""), reason, object: `${kind}/${name}`, message, count };
    })
    .filter(({ time }) => since === undefined || Date.parse(time) >= since)
    .sort(inOrder);
}

export function inOrder(a: ToldEvent, b: ToldEvent): number {
  return Date.parse(a.time) - Date.parse(b.time) || a.object.localeCompare(b.object);
}
