import { describe, expect, it } from "vitest";
import { edgectl } from "../support/edgectl.ts";
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
