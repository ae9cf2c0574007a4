import { gzipSync } from "node:zlib";
import Type, { type Static } from "typebox";
import { type Json, type JsonObject, mapConcurrently } from "#base";
import type { Matching } from "./bounded-match.ts";
import { jsonOf, type LogLine, readLines } from "./log-lines.ts";
import { MethodFailure } from "./method-failure.ts";
import type { ModuleApi } from "./module-api.ts";
import { readRequest, requestFields } from "./request.ts";

const maxPattern = 1024;
const time = Type.Union([Type.String({ maxLength: 64 }), Type.Integer({ minimum: 0 })]);
const filter = Type.Object({
  tail: Type.Optional(Type.Integer({ minimum: 0, maximum: 100_000 })),
  since: Type.Optional(time),
  until: Type.Optional(time),
  loglevel: Type.Optional(Type.Integer({ minimum: 0, maximum: 7 })),
  regex: Type.Optional(Type.String({ maxLength: maxPattern })),
});
type Filter = Static<typeof filter>;
const item = Type.Object({
  id: Type.String({ minLength: 1, maxLength: maxPattern }),
  filter: Type.Optional(filter),
});
const requestSchema = Type.Object({
  ...requestFields,
  items: Type.Union([item, Type.Array(item, { minItems: 1, maxItems: 50 })]),
  encoding: Type.Optional(Type.Enum(["none", "gzip"])),
  contentType: Type.Optional(Type.Enum(["text", "json"])),
});

/** All modules, as IoT Edge's own EdgeAgent has it. */
const everyModule = "all";
/** Bytes of an answer, as IoT Edge's own EdgeAgent has it: IoT Hub takes 128 KB. */
const maxAnswer = 127_000;
/** Bytes of logs that are read for one answer; compressed they may fit. */
const maxRead = 4 * 1024 * 1024;
/** Lines of them: each is an object for a while, also one without a letter. */
const maxLines = 50_000;

/** Whose installation it is, as lines in JSON tell. */
export interface LogOrigin {
  readonly hub: string;
  readonly deviceId: string;
}

/** `GetModuleLogs`: the logs of the modules whose ids match. @throws MethodFailure */
export async function moduleLogs(
  payload: Json | undefined,
  { api, origin, matching }: { readonly api: ModuleApi; readonly origin: LogOrigin; readonly matching: Matching },
): Promise<Json> {
  const { items, encoding = "none", contentType = "text" } = readRequest(payload, requestSchema);
  const filters = await filtersByModule(Array.isArray(items) ? items : [items], await api.list(), matching);
  if (filters.size === 0) throw new MethodFailure(400, "No module has an id that matches");
  let left = maxRead;
  let linesLeft = maxLines;
  const read = async ([id, wanted]: readonly [string, Filter]): Promise<JsonObject> => {
    const log = await api.logs(id, selectionOf(wanted), left);
    left -= Buffer.byteLength(log);
    if (left < 0) throw tooLarge(`${maxRead} bytes`);
    linesLeft -= countLines(log, linesLeft);
    if (linesLeft < 0) throw tooLarge(`${maxLines} lines`);
    const lines = await choose(readLines(log), wanted, matching);
    const text =
      contentType === "json"
        ? JSON.stringify(jsonOf(lines, { ...origin, moduleId: id }))
        : lines.map(({ whole }) => `${whole}\n`).join("");
    return encoding === "gzip" ? { id, payloadBytes: gzipSync(text).toString("base64") } : { id, payload: text };
  };
  // Side by side, each of them could have all that is left.
  const answer = await mapConcurrently([...filters], read, 1);
  if (Buffer.byteLength(JSON.stringify(answer)) > maxAnswer) throw tooLarge(`${maxAnswer} bytes`);
  return answer;
}

/** Where several items match a module, the first counts. */
async function filtersByModule(
  items: readonly Static<typeof item>[],
  ids: readonly string[],
  matching: Matching,
): Promise<ReadonlyMap<string, Filter>> {
  const filters = new Map<string, Filter>();
  for (const { id: pattern, filter: wanted = {} } of items) {
    const matched = pattern === everyModule ? ids : await matching(pattern, ids, "i");
    for (const id of matched) if (!filters.has(id)) filters.set(id, wanted);
  }
  return filters;
}

function selectionOf({ tail, since, until }: Filter) {
  return {
    ...(tail === undefined ? {} : { tail }),
    ...(since === undefined ? {} : { since: String(since) }),
    ...(until === undefined ? {} : { until: String(until) }),
  };
}

async function choose(
  lines: readonly LogLine[],
  { loglevel, regex }: Filter,
  matching: Matching,
): Promise<readonly LogLine[]> {
  const ofLevel = loglevel === undefined ? lines : lines.filter(({ level }) => level === loglevel);
  if (regex === undefined) return ofLevel;
  const matched = new Set(await matching(regex, [...new Set(ofLevel.map(({ whole }) => whole))]));
  return ofLevel.filter(({ whole }) => matched.has(whole));
}

/** Counts no further than one beyond `most`. */
function countLines(log: string, most: number): number {
  let count = 0;
  for (let at = 0; at < log.length && count <= most; count++) {
    const end = log.indexOf("\n", at);
    at = end < 0 ? log.length : end + 1;
  }
  return count;
}

function tooLarge(limit: string): MethodFailure {
  return new MethodFailure(400, `The logs are larger than ${limit}: ask for less with tail, since, until or regex`);
}
