import type { DesiredObject } from "../drivers/artifacts.ts";
import type { FleetCluster, Run } from "../model/index.ts";

/** What the drivers of a command work for. */
export interface Purpose {
  /** Id of the run; undefined where there is none, so that nothing is kept. */
  readonly run: string | undefined;
  readonly git: Run["git"];
  /** What shall be in a cluster, where that is not what the working tree declares. */
  readonly desired?: (cluster: FleetCluster) => Promise<readonly DesiredObject[] | undefined>;
}
