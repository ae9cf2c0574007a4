import { request } from "undici";
import { edgeAgentErrors } from "../errors.ts";
import { apiVersion } from "../mapping/environment.ts";

/** What EdgeAgent reports of the system that it runs on. */
export interface Platform {
  readonly os: string;
  /** As iotedged tells it: JSON text with the nodes' architectures, where it may list nodes. */
  readonly architecture: string;
}

/** Reported until iotedged has answered. */
export const unknownPlatform: Platform = { os: "Kubernetes", architecture: "unknown" };

const timeout = 5000;
const maxBytes = 64 * 1024;

/**
 * Asks iotedged for its system information, through the proxy beside EdgeAgent.
 *
 * @param managementUri `IOTEDGE_MANAGEMENTURI`
 * @throws EDGE_AGENT_SYSTEM_INFO
 */
export async function readPlatform(managementUri: string): Promise<Platform> {
  const uri = new URL(`systeminfo?api-version=${apiVersion}`, managementUri).href;
  try {
    const response = await request(uri, { signal: AbortSignal.timeout(timeout) });
    const body = await response.body.text();
    if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}`);
    if (body.length > maxBytes) throw new Error(`${body.length} bytes`);
    const { osType, architecture } = JSON.parse(body) as Record<string, unknown>;
    if (typeof osType !== "string" || typeof architecture !== "string") throw new Error("no osType and architecture");
    return { os: osType, architecture };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw edgeAgentErrors.EDGE_AGENT_SYSTEM_INFO({ uri, reason }, { cause });
  }
}
