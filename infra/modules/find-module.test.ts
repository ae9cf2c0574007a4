import { beforeEach, expect, it } from "vitest";
import { annotations, formerModuleObjectName, labels, moduleObjectName } from "#contract";
import { FakeCluster } from "../../test/fakes/cluster.ts";
import { findModule } from "./find-module.ts";

let cluster: FakeCluster;

beforeEach(() => {
  cluster = new FakeCluster();
});

function pod(namespace: string, moduleId: string, name: string, more: object = {}): void {
  const metadata = { namespace, name, labels: { [labels.module]: moduleObjectName(moduleId) }, ...more };
  cluster.put({ apiVersion: "v1", kind: "Pod", metadata });
}

const names = async (moduleId: string, namespace?: string) => {
  const found = await findModule(cluster, moduleId, namespace === undefined ? undefined : [namespace]);
  return [found.namespace, ...found.pods.map(({ metadata }) => metadata.name)];
};

it("finds the pods of a module by its id, the newest first, and none that is ending", async () => {
  pod("edge-a", "$edgeHub", "edgehub-1", { creationTimestamp: "2026-01-01T00:00:00Z" });
  pod("edge-a", "$edgeHub", "edgehub-2", { creationTimestamp: "2026-01-02T00:00:00Z" });
  pod("edge-a", "$edgeHub", "edgehub-3", { deletionTimestamp: "2026-01-03T00:00:00Z" });
  pod("edge-b", "sensor", "sensor-1");
  expect(await names("$edgeHub")).toEqual(["edge-a", "edgehub-2", "edgehub-1"]);
  expect(await names("sensor", "edge-b")).toEqual(["edge-b", "sensor-1"]);
});

it("finds the pods of a module that still has its former name, and not those of another id of that name", async () => {
  const own = { [labels.module]: formerModuleObjectName("Sensor") };
  pod("edge-a", "Sensor", "mine", { labels: own, annotations: { [annotations.moduleId]: "Sensor" } });
  pod("edge-a", "Sensor", "another's", { labels: own, annotations: { [annotations.moduleId]: "Another" } });
  expect(await names("Sensor")).toEqual(["edge-a", "mine"]);
});

it("finds the one among the namespaces of a stack", async () => {
  pod("edge-a", "sensor", "sensor-1");
  pod("edge-b", "sensor", "sensor-2");
  expect(await findModule(cluster, "sensor", ["edge-b", "edge-c"])).toMatchObject({ namespace: "edge-b" });
});

it("says so when there is none, or more than one to choose from", async () => {
  pod("edge-a", "sensor", "sensor-1");
  pod("edge-b", "sensor", "sensor-2");
  await expect(names("Sensor")).rejects.toMatchObject({ code: "EDGE_MODULE_NOT_FOUND" });
  await expect(names("sensor", "edge-c")).rejects.toThrow("namespace edge-c");
  await expect(names("sensor")).rejects.toThrow("edge-a, edge-b");
});
