import { Value } from "typebox/value";
import { parseJson } from "#base";
import { HubRecordSchema, type RegisteredIdentity } from "#contract";
import { edgeAgentErrors } from "../errors.ts";
import { callIotedged } from "../iotedged-call.ts";
import { apiVersion } from "../mapping/environment.ts";

const maxBytes = 1024 * 1024;

/**
 * What iotedged says of the modules' identities in the hub.
 *
 * @param managementUri `IOTEDGE_MANAGEMENTURI`
 * @throws EDGE_AGENT_HUB_IDENTITY when it does not
 */
export async function readIdentities(managementUri: string): Promise<readonly RegisteredIdentity[]> {
  const unknown = (reason: string, cause?: unknown) => edgeAgentErrors.EDGE_AGENT_HUB_IDENTITY({ reason }, { cause });
  const { status, body } = await callIotedged(`${managementUri}hub?api-version=${apiVersion}`, { maxBytes }).catch(
    (cause: unknown) => {
      throw unknown(cause instanceof Error ? cause.message : String(cause), cause);
    },
  );
  const record = parseJson(body.toString(), { maxDepth: 8 });
  if (status !== 200) throw unknown(`it answers ${status}`);
  if (!Value.Check(HubRecordSchema, record)) throw unknown("it does not tell the identities");
  return record.identities;
}
