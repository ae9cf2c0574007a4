import { formatPath, isJsonObject, isSound, type Problem } from "#base";
import { type ProvisionedArgs, provisioningProblems } from "../installation/index.ts";

/** An installation is connected or stands alone, and one that is connected names its hub. */
export function possibleProvisioning(
  installations: readonly unknown[],
  schemaProblems: readonly Problem[],
): readonly Problem[] {
  return installations.flatMap((installation, index) => {
    const at = ["installations", index];
    if (!isJsonObject(installation) || !isSound(schemaProblems, [...at, "provisioning"])) return [];
    return provisioningProblems(installation as ProvisionedArgs).map(({ path, ...problem }) => ({
      path: formatPath([...at, ...path]),
      ...problem,
    }));
  });
}
