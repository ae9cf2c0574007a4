import { expect, it } from "vitest";
import { manifestText } from "../../../test/fakes/edge-installation.ts";
import { hintsFor } from "../../deploy/index.ts";
import type { LiveObject } from "../../kubernetes/index.ts";
import { moduleChecks } from "../module/module-checks.ts";
import type { ClusterReader } from "./cluster-reader.ts";
import { observeModule } from "./observe-module.ts";

const manifest: LiveObject = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "edgeagent-deployment", uid: "uid" },
  data: { "deployment.json": manifestText({ sensor: {} }) },
};
/** A namespace that has a manifest, and nothing of what it asks for. */
const cluster = {
  context: "plant",
  list: async () => [],
  get: async ({ name }: { readonly name: string }) => (name === manifest.metadata.name ? manifest : undefined),
};

it("a module without a pod is told to need one, and no rights", async () => {
  const seen = await observeModule({ cluster } as unknown as ClusterReader, {
    moduleId: "sensor",
    namespace: "edge",
    hints: hintsFor({ kind: "named", context: "plant" }, undefined),
    now: () => 0,
    stopwatch: () => 0,
    connect: () => () => Promise.reject(new Error("nothing to connect to")),
    signal: new AbortController().signal,
  });
  const told = moduleChecks
    .flatMap(({ judge }) => judge(seen))
    .filter(({ message }) => message.includes("no pod that runs"));
  expect(told.length).toBeGreaterThan(1);
  for (const { severity, fix } of told) {
    expect(severity).toBe("unknown");
    expect(fix).toMatch(
      /^Its pod comes first: kubectl .*describe deployments,jobs,pods -l net\.azure-devices\.edge\.module=sensor -n edge$/,
    );
  }
});
