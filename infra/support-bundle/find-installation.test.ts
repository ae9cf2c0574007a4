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
  expect(await findInstallation(cluster, "edge-b")).toEqual({ namespace: "edge-b", name: "line-2" });
});

it("says so when there is none, or more than one to choose from", async () => {
  await expect(findInstallation(cluster)).rejects.toMatchObject({ code: "EDGE_SUPPORT_NO_INSTALLATION" });
  install("edge-b", "line-2");
  install("edge-a", "line-1");
  await expect(findInstallation(cluster, "edge-c")).rejects.toThrow("namespace edge-c");
  await expect(findInstallation(cluster)).rejects.toThrow("edge-a, edge-b");
});
