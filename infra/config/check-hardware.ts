import { formatPath, isJsonObject, isSound, type Path, type Problem } from "#base";
import type { WrittenInstallation } from "./schema.ts";

/** A device is one thing of the node, given by one other. */
export function completeDevices(
  installations: readonly unknown[],
  schemaProblems: readonly Problem[],
): readonly Problem[] {
  return installations.flatMap((installation, index) => {
    const path: Path = ["installations", index, "edgeAgent"];
    if (!isJsonObject(installation) || !isSound(schemaProblems, path)) return [];
    const { devices = [], gpu } = (installation.edgeAgent as WrittenInstallation["edgeAgent"]).policy;
    const at = [...path, "policy"];
    return [
      ...devices.flatMap((device, place) => [
        // Where modules name the resource itself, there is no other word for the device.
        ...(isNamed(device) ? [] : oneOf(device, ["path", "rule"], [...at, "devices", place])),
        ...oneOf(device, ["resource", "claimTemplate"], [...at, "devices", place]),
      ]),
      ...(gpu?.resource !== undefined && gpu.claimTemplate !== undefined
        ? oneOf(gpu, ["resource", "claimTemplate"], [...at, "gpu"])
        : []),
    ];
  });
}

function isNamed(device: object): boolean {
  return Object.keys(device).every((key) => key === "resource") && "resource" in device;
}

function oneOf(holder: object, keys: readonly [string, string], path: Path): readonly Problem[] {
  const given = keys.filter((key) => Object.hasOwn(holder, key));
  if (given.length === 1) return [];
  return [
    {
      path: formatPath(path),
      found: given.length === 0 ? `has neither ${keys.join(" nor ")}` : `has both ${keys.join(" and ")}`,
      allowed: `one of ${keys.join(" and ")}`,
      remedy: given.length === 0 ? "Add one of the two." : "Remove one of the two.",
    },
  ];
}
