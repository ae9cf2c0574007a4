import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "../support/wait-for.ts";
import { items, type KubernetesItem, kubectlOk, moduleSelector, readyPod } from "./cluster.ts";

let program: string;
beforeAll(async () => {
  program = await readFile(join(import.meta.dirname, "management.mjs"), "utf8");
});

interface Answer {
  readonly status: number;
  readonly bytes: number;
  readonly start: string;
}

/** Calls the management API as EdgeAgent does: from its container, through its proxy. */
async function manage(namespace: string, method: string, path: string): Promise<Answer> {
  const node = ["/bin/node", "--input-type=module", "-e", program, method, path];
  const target = ["deployment/edgeagent", "-n", namespace, "-c", "edgeagent"];
  return JSON.parse(await kubectlOk(["exec", ...target, "--", ...node]));
}

describe("what EdgeAgent may ask of iotedged where the installation lets it", () => {
  it("01 is a module's log", async () => {
    const answer = await manage("edge-b", "GET", "/modules/sensor/logs?tail=5");
    expect(answer.status).toBe(200);
    expect(answer.start).toContain('"event":"sent"');
  });

  it("02 is another start of a module", async () => {
    const old = await readyPod("edge-b", moduleSelector("consumer"));
    expect((await manage("edge-b", "POST", "/modules/consumer/restart")).status).toBe(204);
    await waitFor("another pod", async () => {
      const now = await readyPod("edge-b", moduleSelector("consumer"));
      return now.metadata.uid === old.metadata.uid ? undefined : true;
    });
  });

  it("03 is a support bundle, which is a zip", async () => {
    const answer = await manage("edge-b", "GET", "/systeminfo/supportbundle");
    expect([answer.status, answer.start.slice(0, 2)]).toEqual([200, "PK"]);
    expect(answer.bytes).toBeGreaterThan(2000);
  });

  it("04 is none of it where it does not", async () => {
    for (const [method, path] of [
      ["GET", "/modules/sensor/logs"],
      ["POST", "/modules/sensor/restart"],
      ["GET", "/systeminfo/supportbundle"],
    ] as const)
      expect((await manage("edge-a", method, path)).status, path).not.toBeLessThan(400);
  });
});

describe("two replicas of iotedged", () => {
  it.each(["edge-a", "edge-b"])("05 serve in %s, and one of them watches over EdgeAgent", async (namespace) => {
    const pods = await items("pods", ["-n", namespace, "-l", "app.kubernetes.io/name=iotedged"]);
    expect(pods).toHaveLength(2);
    const lease = (await items("leases", ["-n", namespace])).find(({ metadata }) => metadata.name === "iotedged");
    expect(pods.map(({ metadata }) => metadata.name)).toContain(lease?.spec.holderIdentity);
  });

  it("06 hand the watch over when the one that has it is deleted", async () => {
    const leaseOf = async () =>
      (await items("leases", ["-n", "edge-a"])).find(({ metadata }) => metadata.name === "iotedged") as KubernetesItem;
    const { holderIdentity } = (await leaseOf()).spec;
    await kubectlOk(["delete", "pod", holderIdentity, "-n", "edge-a", "--wait=false"]);
    await waitFor("another holder", async () => {
      const holder = (await leaseOf()).spec.holderIdentity;
      return holder && holder !== holderIdentity ? true : undefined;
    });
  });
});
