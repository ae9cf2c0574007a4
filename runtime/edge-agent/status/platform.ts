import { edgeAgentErrors } from "../errors.ts";
import { callIotedged } from "../iotedged-call.ts";
import { apiVersion } from "../mapping/environment.ts";

/** What EdgeAgent reports of the system that it runs on. */
export interface Platform {
  readonly os: string;
  /** As iotedged tells it: JSON text with the nodes' architectures, where it may list nodes. */
  readonly architecture: string;
}

/** Reported until iotedged has answered. */
export const unknownPlatform: Platform = { os: "Kubernetes", architecture: "unknown" };

/**
 * Asks iotedged for its system information, through the proxy beside EdgeAgent.
 *
 * @param managementUri `IOTEDGE_MANAGEMENTURI`
 * @throws EDGE_AGENT_SYSTEM_INFO
 */
export async function readPlatform(managementUri: string): Promise<Platform> {
  const uri = new URL(`systeminfo?api-version=${apiVersion}`, managementUri).href;
  try {
    const { status, body } = await callIotedged(uri);
    if (status !== 200) throw new Error(`status ${status}`);
    const { osType, architecture } = JSON.parse(body.toString()) as Record<string, unknown>;
    if (typeof osType !== "string" || typeof architecture !== "string") throw new Error("no osType and architecture");
    return { os: osType, architecture };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw edgeAgentErrors.EDGE_AGENT_SYSTEM_INFO({ uri, reason }, { cause });
  }
}
