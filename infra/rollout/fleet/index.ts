/**
 * The fleet file: clusters, and how a change is rolled out over them.
 *
 * @module
 */
export { checkFleet, defaultFleetFile, loadFleet, parseFleet } from "./load-fleet.ts";
export { fleetSchemaFile } from "./schema.ts";
export { selectClusters } from "./select-clusters.ts";
