import { defaultModuleSettings, type ModuleSettings } from "#contract";
import { type ModuleSwitch, settingsWith } from "#manifest";
import type { Judgement } from "./judgement.ts";

/** What a stack's file says below `edgeAgent`, beside the policy, in place of what is there by the same keys. */
export function turnedOn(
  switches: readonly ModuleSwitch[],
  settings: ModuleSettings,
): NonNullable<Judgement["edgeAgent"]> {
  const { volumes } = settingsWith(settings, switches);
  const said = Object.entries(volumes).filter(
    ([key, value]) => value !== defaultModuleSettings.volumes[key as keyof typeof volumes],
  );
  return {
    ...(switches.includes("registryCredentials") && { registryCredentials: true }),
    ...(switches.includes("jobs") && { jobs: true }),
    ...(switches.includes("volumes.create") && { volumes: Object.fromEntries(said) }),
  };
}
