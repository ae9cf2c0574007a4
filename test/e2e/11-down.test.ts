import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { resolveLayout } from "../../infra/local-cluster/cluster-state.ts";
import { killClusterProcesses } from "../../infra/local-cluster/host/cluster-processes.ts";
import { defaultDirectory } from "../../infra/local-cluster/layout.ts";
import { leftovers } from "../../infra/local-cluster/leftovers.ts";
import { startCluster } from "../../infra/local-cluster/start.ts";
import { clusterStatus } from "../../infra/local-cluster/status.ts";
import { stopCluster } from "../../infra/local-cluster/stop.ts";
import { edgectl } from "../support/edgectl.ts";
import { progress } from "../support/progress.ts";
import { items, kubectlOk } from "./cluster.ts";

/** Every object of every kind that can be listed, less what the cluster makes by itself. */
async function everything(): Promise<string[]> {
  const kinds = (await kubectlOk(["api-resources", "--verbs=list", "-o", "name"]))
    .split("\n")
    .filter(
      (kind) => kind !== "" && !/^(events|leases|componentstatuses|endpoints)/.test(kind) && !/metrics/.test(kind),
    );
  const found = await items(kinds.join(","), ["-A"]);
  return found
    .filter((item) => JSON.stringify(item.metadata).match(/iotedge|edge-a|edge-b|edgeagent/) !== null)
    .map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ""}/${metadata.name}`);
}

describe("edgectl down: nothing is left behind", () => {
  it("01 deletes both installations with their modules, cluster-scoped objects included", async () => {
    expect((await everything()).length).toBeGreaterThan(50);
    const down = await edgectl(["down", "--stack", "local", "--engine", "render"], { echo: true });
    expect(down.code).toBe(0);
    expect(await everything()).toEqual([]);
  });

  it("02 does nothing, and says so, when there is nothing", async () => {
    const again = await edgectl(["down", "--stack", "local", "--engine", "render"]);
    expect(again.code).toBe(0);
  });
});

describe("a local cluster whose processes were killed", () => {
  it("stands in the way of another directory's while one of its processes runs, and no longer", async () => {
    const parent = await mkdtemp(join(tmpdir(), "edge-other-"));
    const directory = join(parent, "cluster");
    try {
      await expect(startCluster({ directory, progress })).rejects.toMatchObject({
        code: "EDGE_CLUSTER_ALREADY_RUNNING",
      });
      await killClusterProcesses(resolveLayout(defaultDirectory()));
      await startCluster({ directory, progress });
      expect((await clusterStatus({ directory })).running).toBe(true);
      expect(await leftovers()).toEqual([]);
    } finally {
      await stopCluster({ directory, progress });
      await rm(parent, { recursive: true, force: true });
    }
    expect(await leftovers()).toEqual([]);
  });
});
