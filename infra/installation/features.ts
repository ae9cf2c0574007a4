import { type IotedgedFeatures, noFeatures } from "#contract";
import type { IotedgedArgs } from "./args.ts";

/** Which features of iotedged with rights of their own are on. */
export function featuresOf(args: IotedgedArgs): IotedgedFeatures {
  const { moduleLogs, moduleRestart, supportBundle } = args;
  return {
    moduleLogs: moduleLogs ?? noFeatures.moduleLogs,
    moduleRestart: moduleRestart ?? noFeatures.moduleRestart,
    supportBundle: supportBundle ?? noFeatures.supportBundle,
  };
}
