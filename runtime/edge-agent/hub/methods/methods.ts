import Type from "typebox";
import type { Clock, Json } from "#base";
import type { AnswerMethod, MethodAnswer } from "#iot-hub";
import type { HubMetrics } from "../hub-metrics.ts";
import { createMatching } from "./bounded-match.ts";
import { MethodFailure } from "./method-failure.ts";
import type { ModuleApi } from "./module-api.ts";
import { type LogOrigin, moduleLogs } from "./module-logs.ts";
import { readRequest, requestFields } from "./request.ts";

const restartSchema = Type.Object({ ...requestFields, id: Type.String({ minLength: 1, maxLength: 1024 }) });
const taskSchema = Type.Object({ ...requestFields, correlationId: Type.String({ maxLength: 128 }) });

/** What a method answers with status 200. */
type Serve = (payload: Json | undefined) => Promise<Json | undefined>;

/** Names as IoT Edge has them; callers may write them in any case. */
const names = ["ping", "RestartModule", "GetModuleLogs", "GetTaskStatus"] as const;
type Name = (typeof names)[number];

/** The direct methods of `$edgeAgent`: none does what the installation does not let iotedged do. */
export function createMethods(options: {
  readonly api: ModuleApi;
  readonly origin: () => LogOrigin;
  readonly metrics: Pick<HubMetrics, "methods">;
  readonly clock: Clock;
}): AnswerMethod {
  const { api, origin, metrics, clock } = options;
  let logs: Promise<unknown> = Promise.resolve();

  /** One after the other: each has room for its logs, and all at once have not. */
  function logsInTurn(payload: Json | undefined): Promise<Json> {
    const answer = logs.then(() => moduleLogs(payload, { api, origin: origin(), matching: createMatching(clock) }));
    logs = answer.catch(() => {});
    return answer;
  }

  const methods: Readonly<Record<Name, Serve>> = {
    ping: async () => undefined,
    RestartModule: async (payload) => {
      await api.restart(readRequest(payload, restartSchema).id);
      return undefined;
    },
    GetModuleLogs: logsInTurn,
    // Tasks are uploads, and nothing is sent to a URL from here.
    GetTaskStatus: async (payload) => {
      const { correlationId } = readRequest(payload, taskSchema);
      return { status: "Unknown", message: "There is no such task", correlationId };
    },
  };

  async function serve(name: Name | undefined, payload: Json | undefined): Promise<MethodAnswer> {
    if (name === undefined)
      return { status: 400, payload: { message: `EdgeAgent has none of that name: it has ${names.join(", ")}` } };
    try {
      const result = await methods[name](payload);
      return { status: 200, ...(result === undefined ? {} : { payload: result }) };
    } catch (error) {
      const status = error instanceof MethodFailure ? error.status : 500;
      return { status, payload: { message: error instanceof Error ? error.message : String(error) } };
    }
  }

  return async (called, payload) => {
    const name = names.find((known) => known.toLowerCase() === called.toLowerCase());
    const answer = await serve(name, payload);
    const result = answer.status === 200 ? "ok" : answer.status < 500 ? "refused" : "failed";
    metrics.methods.inc({ method: name ?? "other", result });
    return answer;
  };
}
