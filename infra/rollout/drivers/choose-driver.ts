import type { RolloutEngine as Engine } from "../model/engines.ts";
import type { ClusterDriver, FleetCluster, PlannedCluster } from "../model/index.ts";

/**
 * One driver for clusters of all engines.
 *
 * @param open opens the driver of an engine; called once, when its first cluster comes
 */
export function chooseDriver(
  engineOf: (cluster: FleetCluster | PlannedCluster) => Engine,
  open: (engine: Engine) => Promise<ClusterDriver>,
): ClusterDriver {
  const opened = new Map<Engine, Promise<ClusterDriver>>();
  const driverOf = (cluster: FleetCluster | PlannedCluster) => {
    const engine = engineOf(cluster);
    const driver = opened.get(engine) ?? open(engine);
    opened.set(engine, driver);
    return driver;
  };
  return {
    plan: async (cluster, signal) => (await driverOf(cluster)).plan(cluster, signal),
    preflight: async (cluster, signal) => (await driverOf(cluster)).preflight(cluster, signal),
    preview: async (cluster, signal) => (await driverOf(cluster)).preview(cluster, signal),
    apply: async (cluster, signal) => (await driverOf(cluster)).apply(cluster, signal),
    health: async (cluster, depth, signal) => (await driverOf(cluster)).health(cluster, depth, signal),
    rollback: async (cluster, to, signal) => (await driverOf(cluster)).rollback(cluster, to, signal),
    drift: async (cluster, signal) => (await driverOf(cluster)).drift(cluster, signal),
  };
}
