import { systemModuleIds } from "#contract";
import { type HubIdentity, sasToken, stringToSign } from "#iot-hub";
import { apiVersion } from "../mapping/environment.ts";
import { askIotedged, hubUnknown, readHubRecord } from "./hub-record.ts";

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
  const { hubHostname, deviceId, identities, problem } = await readHubRecord(managementUri);
  if (hubHostname === undefined || deviceId === undefined) {
    const why = problem === undefined ? "" : `: ${problem.message}`;
    throw hubUnknown(`no provisioning service has assigned the device yet${why}`);
  }
  const own = identities.find(({ moduleId }) => moduleId === systemModuleIds.edgeAgent);
  if (own?.state !== "ready" || own.generationId !== generationId) {
    const refused = own?.state === "refused" ? "it refuses that identity, as where the device is none of IoT Edge" : "";
    const why = problem?.message ?? refused;
    throw hubUnknown(`the hub does not have EdgeAgent's key yet${why === "" ? "" : `: ${why}`}`);
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
      const { digest: signature } = await askIotedged(`${workloadUri}${path}?api-version=${apiVersion}`, body);
      if (typeof signature !== "string") throw hubUnknown("it signs nothing");
      return sasToken({ audience, expiry, signature });
    },
  };
}
