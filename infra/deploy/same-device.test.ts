import { expect, it } from "vitest";
import { FakeCluster } from "../../test/fakes/cluster.ts";
import { hintsFor } from "./hints.ts";
import { readSameDevices } from "./same-device.ts";

const hints = hintsFor({ kind: "named", context: "c" }, undefined);

function clusterWith(devices: Readonly<Record<string, readonly [deviceId: string, hubHostname: string]>>): FakeCluster {
  const cluster = new FakeCluster();
  for (const [namespace, [deviceId, hubHostname]] of Object.entries(devices)) {
    cluster.put({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { namespace, name: "iotedged-config" },
      data: { "config.json": JSON.stringify({ deviceId, hubHostname }) },
    });
  }
  return cluster;
}
const devices = { a: ["d", "hub"], b: ["d", "hub"], c: ["d", "other"], e: ["e", "hub"] } as const;

it("tells each of the installations that share a device id at one hub of the others", async () => {
  const found = await readSameDevices(clusterWith(devices), undefined, hints);
  expect(found.map(({ namespace, message }) => [namespace, message])).toEqual([
    ["a", "device id d at hub is that of the installation in b, too"],
    ["b", "device id d at hub is that of the installation in a, too"],
  ]);
});

it("tells of the installations that are looked at, and counts all", async () => {
  const found = await readSameDevices(clusterWith(devices), ["a"], hints);
  expect(found.map(({ namespace }) => namespace)).toEqual(["a"]);
});

it("knows devices of a provisioning service by their registration", async () => {
  const cluster = clusterWith({});
  const registration = { globalEndpoint: "https://dps.test", idScope: "0ne1", registrationId: "line-1" };
  for (const namespace of ["a", "b"])
    cluster.put({
      ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { namespace, name: "iotedged-config" } },
      data: { "config.json": JSON.stringify({ provisioning: { source: "dps", registration } }) },
    });
  const [found] = await readSameDevices(cluster, ["a"], hints);
  expect(found?.message).toBe("device id line-1 at 0ne1 is that of the installation in b, too");
});

it("does with the namespaces that may be looked into, where not all may", async () => {
  const cluster = clusterWith(devices);
  cluster.list = () => Promise.reject(new Error("forbidden"));
  expect(await readSameDevices(cluster, ["a", "b"], hints)).toHaveLength(2);
  expect(await readSameDevices(cluster, ["a"], hints)).toEqual([]);
});
