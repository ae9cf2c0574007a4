import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { rolloutErrors } from "../errors.ts";
import type { ClusterTarget } from "../model/index.ts";
import type { Artifacts, DesiredObject } from "./artifacts.ts";
import { createPulumiDriver } from "./pulumi/driver.ts";
import { createApplyDriver } from "./server-side-apply/driver.ts";

const { signal } = new AbortController();
const refused = { outcome: "failed", failure: { code: "EDGE_ROLLOUT_NOT_PINNED" } };
let directory: string;
/** A cluster that nobody can reach. */
let target: ClusterTarget;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "edge-pinned-"));
  const kubeconfig = join(directory, "kubeconfig");
  const named = (name: string, kind: string, more: object) => ({ name, [kind]: more });
  await writeFile(
    kubeconfig,
    stringify({
      "current-context": "gone",
      clusters: [named("gone", "cluster", { server: "https://127.0.0.1:1" })],
      users: [named("gone", "user", {})],
      contexts: [named("gone", "context", { cluster: "gone", user: "gone" })],
    }),
  );
  target = { context: "gone", kubeconfig };
});
afterAll(() => rm(directory, { recursive: true }));

const configMap = (value: string): DesiredObject => ({
  object: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "b" }, data: { value } },
  secrets: [],
});

describe("what a plan pins", () => {
  test("is pinned by the render engine although the cluster does not answer, and nothing else gets there", async () => {
    let kept: readonly DesiredObject[] = [];
    const artifacts: Artifacts = {
      saveDesired: async (_, objects) => {
        kept = JSON.parse(JSON.stringify(objects));
      },
      readDesired: async () => kept,
      saveCapture: async () => ({ file: "", digest: "" }),
      readCapture: async () => ({ version: 1, stack: "a", deployed: false, objects: [] }),
    };
    const driver = createApplyDriver({ desired: async () => [configMap("reviewed")], artifacts, now: Date.now });
    const fleetCluster = { name: "a", stack: "a", target, labels: {} };
    const planned = await driver.plan(fleetCluster, signal);
    expect(planned).toMatchObject({ outcome: "unreachable", desiredDigest: expect.stringMatching(/^[0-9a-f]{64}$/) });

    const cluster = { ...fleetCluster, wave: "w", desiredDigest: planned.desiredDigest ?? "" };
    expect(await driver.preview(cluster, signal)).toMatchObject({ outcome: "unreachable" });
    kept = [configMap("exchanged")];
    expect(await driver.preview(cluster, signal)).toMatchObject(refused);
    expect(await driver.apply(cluster, signal)).toMatchObject(refused);
    kept = [configMap("reviewed")];
    expect(await driver.apply(cluster, signal)).toMatchObject({ outcome: "unreachable" });
  });

  test("is compared before Pulumi is asked for anything", async () => {
    let inputs = "reviewed";
    let asked = 0;
    const driver = createPulumiDriver({
      run: "r",
      revision: "1",
      desired: async () => [],
      inputsDigest: async () => inputs,
      open: async (stack) => {
        asked += 1;
        throw rolloutErrors.EDGE_ROLLOUT_PULUMI({ verb: "open", stack, problem: "it is not there" });
      },
      saveCapture: async () => ({ file: "", digest: "" }),
      readCapture: async () => ({ version: 1, stack: "a" }),
      now: Date.now,
    });
    const fleetCluster = { name: "a", stack: "a", target, labels: {} };
    const planned = await driver.plan(fleetCluster, signal);
    const cluster = { ...fleetCluster, wave: "w", desiredDigest: planned.desiredDigest ?? "" };
    const failed = { outcome: "failed", failure: { code: "EDGE_ROLLOUT_PULUMI" } };
    expect(await driver.preview(cluster, signal)).toMatchObject(failed);
    expect(await driver.apply(cluster, signal)).toMatchObject(failed);
    expect(asked).toBe(3);
    inputs = "exchanged";
    expect(await driver.preview(cluster, signal)).toMatchObject(refused);
    expect(await driver.apply(cluster, signal)).toMatchObject(refused);
    expect(asked).toBe(3);
  });
});
