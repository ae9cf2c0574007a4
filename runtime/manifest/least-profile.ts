import { type ModuleSettings, type PolicyProfileName, policyProfileNames, policyProfiles } from "#contract";
import { type ParsedManifest, parseManifest } from "./parse-manifest.ts";

/**
 * The narrowest profile under which an installation lets the manifest have what it asks for; undefined where none does, and
 * where it asks for nothing but is wrong otherwise.
 */
export function leastProfile(text: string, settings: ModuleSettings): PolicyProfileName | undefined {
  const under = (name: PolicyProfileName) => {
    const { policy, defaults } = policyProfiles[name];
    return parseManifest(text, { ...settings, policy, defaults });
  };
  const asksIn = (parsed: ParsedManifest) => !parsed.ok && parsed.errors.some(({ needs }) => needs !== undefined);
  const found = policyProfileNames.find((name) => !asksIn(under(name)));
  return found === undefined || found !== policyProfileNames[0] || under(found).ok ? found : undefined;
}
