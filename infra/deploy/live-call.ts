import { deployErrors } from "./errors.ts";
import type { InstallationState } from "./installation-state.ts";
import { hasModule, runSample, type SampleCluster, sampleModules } from "./sample-module.ts";

/** A signature that a module got from iotedged just now. */
export interface LiveCall {
  readonly namespace: string;
  readonly module: string;
  readonly moduleId: string;
  readonly data: string;
  readonly digest: string;
}

const text = "hello";

/**
 * Lets the first installation's sensor sign a text: module -> proxy -> iotedged -> TokenReview -> digest.
 *
 * @returns undefined where no installation has a module that can do this
 * @throws EDGE_CLI_LIVE_CALL
 */
export async function signLive(
  cluster: SampleCluster,
  installations: readonly InstallationState[],
): Promise<LiveCall | undefined> {
  const found = installations.find((installation) => hasModule(installation, sampleModules.sensor));
  if (found === undefined) return undefined;
  const { namespace } = found;
  const module = sampleModules.sensor;
  const failed = (problem: string, cause?: unknown) =>
    deployErrors.EDGE_CLI_LIVE_CALL({ module, namespace, problem }, { cause });
  const answer = await runSample(cluster, namespace, module, ["sign", text]).catch((error: Error) => {
    throw failed(error.message, error);
  });
  const { moduleId, data, digest } = answer;
  if (typeof digest !== "string" || digest === "") throw failed("it answered without a digest");
  return { namespace, module, moduleId: String(moduleId), data: String(data), digest };
}
