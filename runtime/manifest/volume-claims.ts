import { isDeepStrictEqual } from "node:util";
import type { ModuleSettings } from "#contract";
import { exceeds, limits } from "./limits.ts";
import type { Module } from "./manifest.ts";
import type { ClaimOptions } from "./module-options.ts";
import { type Problems, pathOf, shown } from "./problems.ts";

/** Finds claims that two modules describe differently, and descriptions that have no effect. */
export function checkClaims(modules: readonly Module[], { volumes }: ModuleSettings, problems: Problems): void {
  const named = modules.flatMap(({ container }) =>
    container.volumes.map((one) => one.persistentVolumeClaim?.claimName),
  );
  if (exceeds(limits.claims, "modules", new Set(named).size, problems)) return;
  const known = new Map<string, { readonly id: string; readonly options: ClaimOptions }>();
  for (const { id, claims } of modules) {
    for (const [name, options] of Object.entries(claims)) {
      const path = () =>
        pathOf(pathOf(pathOf("modules", id), "settings.createOptions.k8s-extensions.volumeClaims"), name);
      if (!volumes.create && !problems.hasAllWarnings) {
        const remedy = "Remove it, or let the installation make claims by edgeAgent.volumes.create.";
        problems.warn(path(), "has no effect: the installation makes no claims", remedy);
      }
      const other = known.get(name);
      if (other !== undefined && !isDeepStrictEqual(other.options, options)) {
        problems.error(
          path(),
          `is not what ${shown(other.id)} says of the same claim`,
          "Write the same, or say it once.",
        );
      }
      known.set(name, { id, options });
    }
  }
}
