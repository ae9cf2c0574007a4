import { isDeepStrictEqual } from "node:util";
import type { ModuleSettings } from "#contract";
import { exceeds, limits } from "./limits.ts";
import type { Module } from "./manifest.ts";
import { say } from "./message.ts";
import type { ClaimOptions } from "./module-options.ts";
import { type Problems, pathOf, pathOfModule, shown } from "./problems.ts";
import { refuseOneClaim } from "./volume-list.ts";

/** Finds claims that two modules describe differently, and descriptions that have no effect. */
export function checkClaims(modules: readonly Module[], { volumes }: ModuleSettings, problems: Problems): void {
  const named = modules.flatMap(({ container }) =>
    container.volumes.map((one) => one.persistentVolumeClaim?.claimName),
  );
  if (exceeds(limits.claims, "modules", new Set(named).size, problems)) return;
  refuseSharedClaims(modules, problems);
  const known = new Map<string, { readonly id: string; readonly options: ClaimOptions }>();
  for (const { id, claims } of modules) {
    for (const [name, options] of Object.entries(claims)) {
      const path = () => pathOf(`${pathOfModule(id)}.settings.createOptions.k8s-extensions.volumeClaims`, name);
      if (!volumes.create && !problems.hasAllWarnings) {
        const remedy = "Remove it, or let the installation make claims by edgeAgent.volumes.create.";
        problems.warn(path(), "has no effect: the installation makes no claims", remedy, "volumes.create");
      }
      const other = known.get(name);
      if (other !== undefined && !isDeepStrictEqual(other.options, options)) {
        problems.error(
          path(),
          say`is not what ${shown(other.id)} says of the same claim`,
          "Write the same, or say it once.",
        );
      }
      known.set(name, { id, options });
    }
  }
}

/** Modules share a volume by its name, and not by what is left of two names. */
function refuseSharedClaims(modules: readonly Module[], problems: Problems): void {
  const sources = new Map<string, string>();
  for (const { id, container } of modules) {
    const claims = container.volumes.map(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName);
    for (const claimName of new Set(claims)) {
      if (claimName === undefined) continue;
      const source = container.claimSources?.[claimName] ?? claimName;
      const other = sources.get(claimName) ?? source;
      sources.set(claimName, other);
      if (other === source) continue;
      refuseOneClaim({ claimName, source, other }, `${pathOfModule(id)}.settings.createOptions`, problems);
    }
  }
}
