import { objectNames } from "#contract";
import { type Problems, shown } from "./problems.ts";

/** The trust bundle is for modules, too; everything else of the installation is not. */
const closedToModules: ReadonlySet<string> = new Set(
  Object.values(objectNames).filter((name) => name !== objectNames.trustBundle),
);

/** Refuses a reference to a Secret or ConfigMap of the installation itself: they hold its keys and its settings. */
export function refuseOwnObject(path: string, name: string, problems: Problems): void {
  if (!closedToModules.has(name)) return;
  problems.error(path, `${shown(name)} belongs to the installation itself`, "Keep what the module needs elsewhere.");
}
