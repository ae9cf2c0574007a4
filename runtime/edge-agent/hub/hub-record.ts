import { Value } from "typebox/value";
import { isJsonObject, type JsonObject, parseJson } from "#base";
import { type HubRecord, HubRecordSchema } from "#contract";
import { edgeAgentErrors } from "../errors.ts";
import { callIotedged } from "../iotedged-call.ts";
import { apiVersion } from "../mapping/environment.ts";

const maxBytes = 1024 * 1024;

/**
 * What iotedged says of the hub, and of the modules' identities there.
 *
 * @param managementUri `IOTEDGE_MANAGEMENTURI`
 * @throws EDGE_AGENT_HUB_IDENTITY when it does not
 */
export async function readHubRecord(managementUri: string): Promise<HubRecord> {
  const record = await askIotedged(`${managementUri}hub?api-version=${apiVersion}`);
  if (!Value.Check(HubRecordSchema, record)) throw hubUnknown("it does not tell the hub");
  return record;
}

/**
 * @param body what is posted; left out: GET
 * @returns the JSON object that iotedged answers with
 * @throws EDGE_AGENT_HUB_IDENTITY when it answers anything else, with its reason
 */
export async function askIotedged(uri: string, body?: string): Promise<JsonObject> {
  const options = { maxBytes, ...(body !== undefined && { method: "POST" as const, body }) };
  const answer = await callIotedged(uri, options).catch((cause: unknown) => {
    throw hubUnknown(cause instanceof Error ? cause.message : String(cause), cause);
  });
  const document = parseJson(answer.body.toString(), { maxDepth: 8 });
  if (answer.status === 200 && isJsonObject(document)) return document;
  const message = isJsonObject(document) && typeof document.message === "string" ? `: ${document.message}` : "";
  throw hubUnknown(`it answers ${answer.status}${message}`);
}

export function hubUnknown(reason: string, cause?: unknown) {
  return edgeAgentErrors.EDGE_AGENT_HUB_IDENTITY({ reason }, { cause });
}
