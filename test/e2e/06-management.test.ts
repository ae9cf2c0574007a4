import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "../support/wait-for.ts";
import { items, kubectlOk, moduleSelector, readyPod } from "./cluster.ts";

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
    const log = await waitFor("a line of the sensor", async () => {
      const answer = await manage("edge-b", "GET", "/modules/sensor/logs?tail=5");
      return answer.start.includes('"event":"sent"') ? answer : undefined;
    });
    expect(log.status).toBe(200);
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

/** Name of the pod that holds Lease `iotedged`; empty when none does. */
async function watcher(namespace: string): Promise<string> {
  const lease = (await items("leases", ["-n", namespace])).find(({ metadata }) => metadata.name === "iotedged");
  return (lease?.spec.holderIdentity ?? "").split("_")[0];
}

describe("two replicas of iotedged", () => {
  it.each(["edge-a", "edge-b"])("05 serve in %s, and one of them watches over EdgeAgent", async (namespace) => {
    const pods = await items("pods", ["-n", namespace, "-l", "app.kubernetes.io/name=iotedged"]);
    expect(pods).toHaveLength(2);
    expect(pods.map(({ metadata }) => metadata.name)).toContain(await watcher(namespace));
  });

  it("06 hand the watch over when the one that has it is deleted", async () => {
    const first = await watcher("edge-a");
    await kubectlOk(["delete", "pod", first, "-n", "edge-a", "--wait=false"]);
    await waitFor("another watcher", async () => {
      const now = await watcher("edge-a");
      return now !== "" && now !== first ? true : undefined;
    });
  });
});
