import { defaultModuleSettings, type IotedgedFeatures, noFeatures } from "#contract";
import type { EdgeInstallationArgs } from "./args.ts";

/** Which features of iotedged with rights of their own are on. */
export function featuresOf({
  iotedged = {},
  edgeAgent = {},
}: Pick<EdgeInstallationArgs, "iotedged" | "edgeAgent">): IotedgedFeatures {
  const { moduleLogs, moduleRestart, supportBundle } = iotedged;
  return {
    moduleLogs: moduleLogs ?? noFeatures.moduleLogs,
    moduleRestart: moduleRestart ?? noFeatures.moduleRestart,
    supportBundle: supportBundle ?? noFeatures.supportBundle,
    moduleJobs: edgeAgent.jobs ?? defaultModuleSettings.jobs,
  };
}
