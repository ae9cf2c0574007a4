import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import Type from "typebox";
import { Check } from "typebox/value";
import { parseJson, systemTimer, type Timer, waitFor, writeAtomically } from "#base";
import { rolloutErrors } from "../errors.ts";
import type { OperatorEvent } from "../model/index.ts";
import type { Inbox, Request, WithoutTime } from "./ports.ts";

const text = Type.String({ maxLength: 2000 });
const OperatorEventSchema = Type.Union([
  Type.Object({ type: Type.Literal("paused"), by: text, reason: text }, { additionalProperties: false }),
  Type.Object({ type: Type.Literal("resumed"), by: text }, { additionalProperties: false }),
  Type.Object({ type: Type.Literal("aborted"), by: text, reason: text }, { additionalProperties: false }),
  Type.Object(
    { type: Type.Literal("approved"), by: text, gate: text, comment: Type.Optional(text) },
    { additionalProperties: false },
  ),
  Type.Object({ type: Type.Literal("retried"), by: text, cluster: text }, { additionalProperties: false }),
  Type.Object(
    { type: Type.Literal("skipped"), by: text, cluster: text, reason: text },
    { additionalProperties: false },
  ),
  Type.Object({ type: Type.Literal("rollbackRequested"), by: text, reason: text }, { additionalProperties: false }),
]);
const AnswerSchema = Type.Object({
  refusal: Type.Optional(Type.Object({ message: Type.String(), remedy: Type.String() })),
});

const maxFileBytes = 64 * 1024;
const requestSuffix = ".request.json";
const answerSuffix = ".answer.json";

/** Requests as files in the run's directory: who may write there may steer the run. */
export function openFileInbox(directory: string): Inbox {
  const taken = new Set<string>();
  return {
    take: async () => {
      const files: readonly string[] = await readdir(directory).catch(() => []);
      const fresh = files.filter((file) => file.endsWith(requestSuffix) && !taken.has(file)).sort();
      const requests = await Promise.all(fresh.map((file) => readRequest(directory, file)));
      for (const file of fresh) taken.add(file);
      return requests.filter((request) => request !== undefined);
    },
  };
}

async function readRequest(directory: string, file: string): Promise<Request | undefined> {
  const path = join(directory, file);
  const event = await readJson(path);
  const answer = (content: object) => replaceFile(path.replace(requestSuffix, answerSuffix), content);
  if (!Check(OperatorEventSchema, event)) {
    await answer({ refusal: { message: "the request cannot be understood", remedy: "Use edgectl of one version." } });
    await rm(path, { force: true });
    return undefined;
  }
  return {
    event: event as WithoutTime<OperatorEvent>,
    settle: async (refusal) => {
      await answer(refusal === undefined ? {} : { refusal: { message: refusal.message, remedy: refusal.remedy } });
      await rm(path, { force: true });
    },
  };
}

/**
 * Leaves a request for the process that carries the run out, and waits for its answer.
 *
 * @param timeout seconds
 * @throws EDGE_ROLLOUT_REQUEST_REFUSED, EDGE_ROLLOUT_NO_ANSWER
 */
export async function submitRequest(
  directory: string,
  event: WithoutTime<OperatorEvent>,
  timeout: number,
  timer: Timer = systemTimer,
): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const name = `${timer.now()}-${randomBytes(4).toString("hex")}`;
  const request = join(directory, `${name}${requestSuffix}`);
  const answer = join(directory, `${name}${answerSuffix}`);
  await replaceFile(request, event);
  const given = await waitFor(() => readJson(answer), { timeout, timer });
  // Without an answer nobody may find the request later, when it is no longer meant.
  await Promise.all([rm(request, { force: true }), rm(answer, { force: true })]);
  if (!Check(AnswerSchema, given)) throw rolloutErrors.EDGE_ROLLOUT_NO_ANSWER({ seconds: timeout });
  if (given.refusal !== undefined) throw rolloutErrors.EDGE_ROLLOUT_REQUEST_REFUSED(given.refusal);
}

/** Undefined where there is no such file, or none that can be read. */
async function readJson(path: string): Promise<unknown> {
  return parseJson(await readFile(path, "utf8").catch(() => undefined), { maxLength: maxFileBytes });
}

function replaceFile(path: string, content: object): Promise<void> {
  return writeAtomically(path, JSON.stringify(content), { mode: 0o600 });
}
