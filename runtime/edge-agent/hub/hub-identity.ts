import { isJsonObject, parseJson } from "#base";
import { systemModuleIds } from "#contract";
import { type HubIdentity, sasToken, stringToSign } from "#iot-hub";
import { edgeAgentErrors } from "../errors.ts";
import { callIotedged } from "../iotedged-call.ts";
import { apiVersion } from "../mapping/environment.ts";

const keyId = "primary";

/** Where iotedged is reached, and by which name it knows EdgeAgent. */
export interface IotedgedApis {
  /** `IOTEDGE_MANAGEMENTURI` */
  readonly managementUri: string;
  /** `IOTEDGE_WORKLOADURI` */
  readonly workloadUri: string;
  /** `IOTEDGE_MODULEGENERATIONID` */
  readonly generationId: string;
}

/**
 * Asks iotedged where the hub is and who this device is there; tokens are signed by the workload API, as those of any module.
 *
 * @throws EDGE_AGENT_HUB_IDENTITY while iotedged does not know, or the hub does not have EdgeAgent's key yet
 */
export async function readHubIdentity({
  managementUri,
  workloadUri,
  generationId,
}: IotedgedApis): Promise<HubIdentity> {
  const hub = await call(`${managementUri}hub?api-version=${apiVersion}`);
  const { hubHostname, deviceId, identities, problem } = hub;
  if (typeof hubHostname !== "string" || typeof deviceId !== "string") throw unknown("it does not tell the hub");
  const own = Array.isArray(identities) ? identities.find(isOwn) : undefined;
  if (own?.state !== "ready" || own.generationId !== generationId) {
    const why = isJsonObject(problem) && typeof problem.message === "string" ? `: ${problem.message}` : "";
    throw unknown(`the hub does not have EdgeAgent's key yet${why}`);
  }
  return {
    hubHostname,
    deviceId,
    async token(audience, expiry) {
      const data = Buffer.from(stringToSign(audience, expiry)).toString("base64");
      const path = ["modules", systemModuleIds.edgeAgent, "genid", generationId, "sign"]
        .map(encodeURIComponent)
        .join("/");
      const body = JSON.stringify({ keyId, algo: "HMACSHA256", data });
      const { digest: signature } = await call(`${workloadUri}${path}?api-version=${apiVersion}`, body);
      if (typeof signature !== "string") throw unknown("it signs nothing");
      return sasToken({ audience, expiry, signature });
    },
  };
}

function isOwn(identity: unknown): boolean {
  return isJsonObject(identity) && identity.moduleId === systemModuleIds.edgeAgent;
}

async function call(uri: string, body?: string): Promise<Record<string, unknown>> {
  const maxBytes = 1024 * 1024;
  const answer = await callIotedged(uri, { maxBytes, ...(body !== undefined && { method: "POST", body }) }).catch(
    (cause: unknown) => {
      throw unknown(cause instanceof Error ? cause.message : String(cause), cause);
    },
  );
  const document = parseJson(answer.body.toString(), { maxDepth: 8 });
  if (answer.status === 200 && isJsonObject(document)) return document;
  const message = isJsonObject(document) && typeof document.message === "string" ? `: ${document.message}` : "";
  throw unknown(`it answers ${answer.status}${message}`);
}

function unknown(reason: string, cause?: unknown) {
  return edgeAgentErrors.EDGE_AGENT_HUB_IDENTITY({ reason }, { cause });
}
