import type { EnvironmentValue } from "./manifest.ts";
import { say } from "./message.ts";
import { type Problems, pathOf } from "./problems.ts";

/**
 * Variables by which the container runtimes of hardware makers are told which devices a container has. A device plugin, or
 * what gives a claim, sets them; a manifest's would win over these, and give the module devices of others.
 */
export const deviceVariables = [
  ...["NVIDIA_VISIBLE_DEVICES", "NVIDIA_IMEX_CHANNELS", "NVIDIA_MIG_CONFIG_DEVICES", "NVIDIA_MIG_MONITOR_DEVICES"],
  ...["NVIDIA_GDS", "NVIDIA_GDRCOPY", "NVIDIA_MOFED", "NVIDIA_NVSWITCH"],
  ...["AMD_VISIBLE_DEVICES", "ASCEND_VISIBLE_DEVICES", "HABANA_VISIBLE_DEVICES"],
] as const;
/** With these a module has no device, also where its image asks for all. */
export const noDevices = ["void", "none"] as const;

/** The environment without what chooses devices. */
export function withoutDeviceVariables(
  environment: ReadonlyMap<string, EnvironmentValue>,
  path: string,
  problems: Problems,
): ReadonlyMap<string, EnvironmentValue> {
  const chosen = deviceVariables.filter((name) => environment.has(name) && !isNone(environment.get(name)));
  for (const name of chosen) {
    const message = say`${name} has no effect: what gives devices says which the module has`;
    problems.warn(pathOf(path, "env"), message, "Leave the variable out, and ask by DeviceRequests or Devices.");
  }
  if (chosen.length === 0) return environment;
  return new Map([...environment].filter(([name]) => !(chosen as readonly string[]).includes(name)));
}

function isNone(value: EnvironmentValue | undefined): boolean {
  return (noDevices as readonly unknown[]).includes(value);
}
