import { beforeEach, expect, it } from "vitest";
import { componentLabels, objectNames } from "#contract";
import { FakeCluster } from "../../test/fakes/cluster.ts";
import { findInstallation } from "./find-installation.ts";

let cluster: FakeCluster;

beforeEach(() => {
  cluster = new FakeCluster();
});

function install(namespace: string, name: string): void {
  const metadata = { namespace, name: objectNames.iotedged, labels: componentLabels("iotedged", name) };
  cluster.put({ apiVersion: "apps/v1", kind: "Deployment", metadata });
}

it("finds the only installation, or that of a namespace, with its name", async () => {
  install("edge-a", "line-1");
  expect(await findInstallation(cluster)).toEqual({ namespace: "edge-a", name: "line-1" });
  install("edge-b", "line-2");
  expect(await findInstallation(cluster, ["edge-b"])).toEqual({ namespace: "edge-b", name: "line-2" });
});

it("finds the only one among the namespaces of a stack, and tells several of them", async () => {
  for (const namespace of ["edge-a", "edge-b", "edge-c"]) install(namespace, "line");
  expect(await findInstallation(cluster, ["edge-b", "edge-x"])).toMatchObject({ namespace: "edge-b" });
  await expect(findInstallation(cluster, ["edge-c", "edge-b"])).rejects.toThrow("installation: edge-b, edge-c");
  await expect(findInstallation(cluster, ["edge-x", "edge-y"])).rejects.toMatchObject({
    code: "EDGE_SUPPORT_NO_INSTALLATION",
  });
});

it("says so when there is none, or more than one to choose from", async () => {
  await expect(findInstallation(cluster)).rejects.toMatchObject({ code: "EDGE_SUPPORT_NO_INSTALLATION" });
  install("edge-b", "line-2");
  install("edge-a", "line-1");
  await expect(findInstallation(cluster, ["edge-c"])).rejects.toThrow("namespace edge-c");
  await expect(findInstallation(cluster)).rejects.toThrow("edge-a, edge-b");
});
