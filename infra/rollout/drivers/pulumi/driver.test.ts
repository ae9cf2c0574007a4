import { CommandError, type EngineEvent, type UpdateSummary } from "@pulumi/pulumi/automation/index.js";
import { describe, expect, test } from "vitest";
import type { PlannedCluster, Revision } from "../../model/index.ts";
import { createPulumiDriver } from "./driver.ts";
import type { CapturedUpdate } from "./last-update.ts";
import type { OpenStack } from "./open-stack.ts";

const never = new AbortController().signal;

interface Options {
  readonly onEvent?: (event: EngineEvent) => void;
}

/** A stack that notes what is asked of it, in the words of Pulumi's SDK. */
function world({ history = [] as readonly UpdateSummary[], fails = "", events = [] as readonly object[] } = {}) {
  const calls: unknown[][] = [];
  const saved: CapturedUpdate[] = [];
  const sources: object[] = [];
  const call =
    (name: string) =>
    async (options: Options = {}) => {
      const { onEvent, signal, ...rest } = options as Options & { signal?: AbortSignal };
      calls.push([name, rest]);
      for (const event of events) onEvent?.(event as EngineEvent);
      if (name === fails) throw Object.assign(Object.create(CommandError.prototype), { message: "Duration: 3s" });
      return {};
    };
  const stack = {
    preview: call("preview"),
    up: call("up"),
    previewDestroy: call("previewDestroy"),
    destroy: call("destroy"),
    history: async (...args: unknown[]) => {
      calls.push(["history", ...args]);
      return history;
    },
  };
  const driver = createPulumiDriver({
    run: "20261123-021500-0001",
    revision: "abc",
    open: async (_stack, _target, source) => {
      sources.push(source);
      return { stack, configFile: "/c" } as unknown as OpenStack;
    },
    desired: async () => [],
    inputsDigest: async () => "i",
    saveCapture: async (_, captured) => {
      saved.push(captured);
      return { file: "f", digest: "d" };
    },
    readCapture: async () => saved.at(-1) ?? { version: 1, stack: "s" },
    now: () => 0,
  });
  return { driver, calls, saved, sources };
}

async function planned(driver: ReturnType<typeof world>["driver"]): Promise<PlannedCluster> {
  const cluster = { name: "lab", stack: "s", target: { context: "lab" }, labels: {} };
  const { desiredDigest = "" } = await driver.plan(cluster, never);
  return { ...cluster, wave: "canary", desiredDigest };
}

const previous: Revision = { file: "f", digest: "d" };

describe("the Pulumi driver", () => {
  test("never asks for secrets: the project's own file need not have their salt", async () => {
    const { driver, calls } = world();
    const cluster = await planned(driver);
    expect(await driver.preview(cluster, never)).toMatchObject({ outcome: "ok" });
    expect(await driver.apply(cluster, never)).toEqual({ outcome: "ok" });
    expect(calls).toContainEqual(["history", 20, undefined, false]);
    expect(calls.at(-1)).toEqual([
      "up",
      { configFile: "/c", message: "edgectl rollout 20261123-021500-0001", showSecrets: false },
    ]);
  });

  test("tells why Pulumi failed, as its engine says", async () => {
    const urn = "urn:pulumi:s::p::kubernetes:apps/v1:Deployment::lab-iotedged";
    const events = [
      { diagnosticEvent: { severity: "debug", message: "resp: key" } },
      { diagnosticEvent: { severity: "error", urn, message: "<{%reset%}>0 of 2 pods are ready<{%reset%}>\n" } },
      { diagnosticEvent: { severity: "error", message: "update failed\n" } },
    ];
    const { driver } = world({ fails: "up", events });
    const { failure } = (await driver.apply(await planned(driver), never)) as { failure?: { message: string } };
    expect(failure?.message).toBe("Pulumi could not deploy stack s: lab-iotedged: 0 of 2 pods are ready");
  });

  test("goes back to what an earlier run has deployed, whatever git says of its checkout", async () => {
    const environment = { "git.head": "before", "git.dirty": "true" };
    const update = { kind: "update", result: "succeeded", version: 0, environment } as unknown as UpdateSummary;
    const { driver, calls } = world({ history: [{ ...update, message: "edgectl rollout 20261122-021500-0001" }] });
    const cluster = await planned(driver);
    await driver.preview(cluster, never);
    expect(await driver.rollback(cluster, previous, never)).toEqual({ outcome: "ok" });
    expect(calls.at(-1)).toMatchObject(["up", { message: "edgectl rollout 20261122-021500-0001", refresh: true }]);
  });

  test("compares a cluster with what was deployed last, not with the revision at hand", async () => {
    const environment = { "git.head": "before", "git.dirty": "true" };
    const update = { kind: "update", result: "succeeded", version: 0, environment } as unknown as UpdateSummary;
    const deployed = world({ history: [{ ...update, message: "edgectl rollout 20261122-021500-0001" }] });
    const cluster = { name: "lab", stack: "s", target: { context: "lab" }, labels: {} };
    expect(await deployed.driver.drift(cluster, never)).toEqual({ outcome: "ok", changes: [] });
    expect(deployed.calls.at(-1)).toEqual(["preview", { configFile: "/c", refresh: true }]);
    expect(deployed.sources.at(-1)).toEqual({ revision: "before", run: "20261122-021500-0001" });

    const byHand = world({ history: [{ ...update, message: "by hand" }] });
    await byHand.driver.drift(cluster, never);
    expect(byHand.sources.at(-1)).toEqual({ revision: "abc", run: "20261123-021500-0001" });
  });

  test("destroys a stack that was not there before only if nothing in it is protected", async () => {
    const { driver, calls } = world({ fails: "previewDestroy" });
    const cluster = await planned(driver);
    await driver.preview(cluster, never);
    expect(await driver.rollback(cluster, previous, never)).toMatchObject({ outcome: "failed" });
    expect(calls.at(-1)?.[0]).toBe("previewDestroy");
  });
});
