import { createHash } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import Type, { type Static } from "typebox";
import { Check } from "typebox/value";
import { parseJson, writeAtomically } from "#base";
import { rolloutErrors } from "../errors.ts";
import type { FluxEvent } from "./flux-event.ts";

/** An event that was taken. */
export interface TakenEvent extends FluxEvent {
  /** Counts what was taken from the cluster. */
  readonly seq: number;
  /** By the clock of who has received it: milliseconds since 1970. */
  readonly receivedAt: number;
  /** SHA-256 of its body, in hex. */
  readonly sum: string;
}

const TakenEventSchema = Type.Object({
  object: Type.String({ maxLength: 1024 }),
  severity: Type.Enum(["trace", "info", "error"]),
  at: Type.Number(),
  reason: Type.String({ maxLength: 1024 }),
  message: Type.String({ maxLength: 4096 }),
  digest: Type.Optional(Type.String({ pattern: "^sha256:[0-9a-f]{64}$" })),
  seq: Type.Integer({ minimum: 1 }),
  receivedAt: Type.Number(),
  sum: Type.String({ pattern: "^[0-9a-f]{64}$" }),
});
const FileSchema = Type.Object({
  version: Type.Literal(1),
  events: Type.Array(TakenEventSchema, { maxItems: 1000 }),
});

/** Kept of each cluster, the newest last. Of events at the same second none may be forgotten, or it could come again. */
const kept = 32;
const maxBytes = 4 * 1024 * 1024;

/** `late`, `future`: by when it happened. `crowded`: too many of one second. */
export type Taken = "taken" | "again" | "late" | "future" | "crowded";

/** Clocks of clusters may be wrong, but none may be believed that would make all that follows look late for long. */
const aheadMs = 3_600_000;

/**
 * What Flux reports of each cluster, a file each. Only one process may write: {@link EventStore.take}. Whatever is older
 * than what was taken already, or the same once more, is dropped: who replays an event tells nothing new.
 */
export interface EventStore {
  take(cluster: string, event: FluxEvent, body: Buffer, receivedAt: number): Promise<Taken>;
  /**
   * The newest last.
   *
   * @throws EDGE_ROLLOUT_EVENTS where the file is damaged
   */
  read(cluster: string): Promise<readonly TakenEvent[]>;
}

export function openEventStore(directory: string): EventStore {
  const pending = new Map<string, Promise<unknown>>();
  const fileOf = (cluster: string) => join(directory, `${cluster}.json`);
  const read = async (cluster: string) => readEvents(fileOf(cluster));
  const take = async (cluster: string, event: FluxEvent, body: Buffer, receivedAt: number): Promise<Taken> => {
    const events = await read(cluster);
    const sum = createHash("sha256").update(body).digest("hex");
    const verdict = event.at > receivedAt + aheadMs ? "future" : judgeEvent(events, event, sum);
    if (verdict !== "taken") return verdict;
    const next: TakenEvent = { ...event, seq: (events.at(-1)?.seq ?? 0) + 1, receivedAt, sum };
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const content = JSON.stringify({ version: 1, events: keepEvents([...events, next]) });
    await writeAtomically(fileOf(cluster), content, { mode: 0o600 });
    return "taken";
  };
  return {
    read,
    // One after the other for each cluster: each builds on what the one before it has written.
    take: (cluster, event, body, receivedAt) => {
      const before = pending.get(cluster) ?? Promise.resolve();
      const taken = before.then(() => take(cluster, event, body, receivedAt));
      const settled = taken.catch(() => {});
      pending.set(cluster, settled);
      void settled.then(() => pending.get(cluster) === settled && pending.delete(cluster));
      return taken;
    },
  };
}

/** @param sum of the event's body */
export function judgeEvent(events: readonly TakenEvent[], event: FluxEvent, sum: string): Taken {
  const newest = Math.max(...events.map(({ at }) => at), Number.NEGATIVE_INFINITY);
  if (event.at < newest) return "late";
  const same = events.filter(({ at }) => at === event.at);
  if (same.some((other) => other.sum === sum)) return "again";
  return same.length >= kept ? "crowded" : "taken";
}

/** The newest of them, and all of the newest second. */
export function keepEvents(events: readonly TakenEvent[]): readonly TakenEvent[] {
  return events.slice(-kept);
}

async function readEvents(file: string): Promise<readonly TakenEvent[]> {
  const damaged = (problem: string, cause?: unknown) => rolloutErrors.EDGE_ROLLOUT_EVENTS({ file, problem }, { cause });
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return [];
    throw damaged(code, error);
  }
  const content: unknown = parseJson(text, { maxLength: maxBytes });
  if (!Check(FileSchema, content)) throw damaged("it is not what the receiver writes");
  return (content as Static<typeof FileSchema>).events as readonly TakenEvent[];
}
