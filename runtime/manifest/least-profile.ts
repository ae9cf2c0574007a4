import { type ModuleSettings, type PolicyProfileName, policyProfileNames, policyProfiles } from "#contract";
import { parseManifest } from "./parse-manifest.ts";

/** The narrowest profile under which an installation accepts the manifest; undefined where none does. */
export function leastProfile(text: string, settings: ModuleSettings): PolicyProfileName | undefined {
  return policyProfileNames.find((name) => {
    const { policy, defaults } = policyProfiles[name];
    return parseManifest(text, { ...settings, policy, defaults }).ok;
  });
}
