import { describe, expect, test } from "vitest";
import { hintsFor } from "../../deploy/hints.ts";
import type { InstallationState } from "../../deploy/installation-state.ts";
import type { Cluster } from "../../kubernetes/kubernetes-types.ts";
import { assessHealth } from "./assess.ts";
import { type HealthProbe, inspectHealth } from "./inspect.ts";

const component = (kind: "iotedged" | "edgeagent" | "module", name: string, ready = true) => ({
  component: kind,
  name,
  ready,
  state: ready ? "running" : "backoff",
  restarts: 0,
  image: "i",
  ...(ready ? {} : { reason: "ImagePullBackOff" }),
});
const installation = (ready: boolean, problem?: string): InstallationState => ({
  namespace: "edge-a",
  name: "edge-a",
  ready: ready && problem === undefined,
  components: [component("iotedged", "iotedged"), component("edgeagent", "edgeagent"), component("module", "m", ready)],
  problem,
  findings: [],
});

const hints = hintsFor({ kind: "named", context: "factory-3" }, undefined);

describe("health", () => {
  test("all ready and converged, with a signed call: healthy", () => {
    const { healthy, checks } = assessHealth([installation(true)], { digest: "d" }, hints);
    expect(healthy).toBe(true);
    expect(checks.map(({ id }) => id)).toEqual([
      "iotedged-ready",
      "edgeagent-ready",
      "edgeagent-converged",
      "modules-running",
      "live-call",
    ]);
  });

  test.each([
    ["a module that does not run", [installation(false)], undefined, "modules-running", "m: ImagePullBackOff"],
    [
      "a manifest that is refused",
      [installation(true, "EdgeAgent reports 400")],
      undefined,
      "edgeagent-converged",
      "400",
    ],
    ["a call that fails", [installation(true)], { problem: "no digest" }, "live-call", "no digest"],
    ["nothing to look at", [], undefined, "installations", ""],
  ])("%s is not healthy", (_, states, call, id, evidence) => {
    const { healthy, checks } = assessHealth(states, call, hints);
    expect(healthy).toBe(false);
    expect(checks.find(({ severity }) => severity === "error")).toMatchObject({
      id,
      evidence: expect.stringContaining(evidence),
      fix: expect.stringMatching(/^See (`npx edgectl status .*--context factory-3`|that)/),
    });
  });

  test("the call is made once all is ready, and not while polling", async () => {
    const calls: string[] = [];
    const probe = (ready: boolean): HealthProbe => ({
      read: async () => [installation(ready)],
      sign: async () => {
        calls.push("sign");
        throw new Error("refused");
      },
    });
    const config = { getCurrentContext: () => "factory-3" };
    const cluster = { config } as unknown as Parameters<typeof inspectHealth>[0] & Cluster;
    expect((await inspectHealth(cluster, ["edge-a"], "poll", probe(true))).healthy).toBe(true);
    expect((await inspectHealth(cluster, ["edge-a"], "full", probe(false))).healthy).toBe(false);
    expect(calls).toEqual([]);
    const { checks } = await inspectHealth(cluster, ["edge-a"], "full", probe(true));
    expect(checks.at(-1)).toMatchObject({ id: "live-call", severity: "error", evidence: "refused" });
  });
});
