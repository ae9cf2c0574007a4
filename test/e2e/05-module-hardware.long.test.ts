import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runProgram } from "../support/run-program.ts";
import { waitFor } from "../support/wait-for.ts";
import { items, kubectl, kubectlOk, moduleSelector, readyPod } from "./cluster.ts";
import { modulesOf, readManifest, writeManifest } from "./deployment-manifest.ts";
import { findingsOf } from "./findings.ts";
import { type DevicePlugin, startDevicePlugin } from "./kubelet-plugins/device-plugin.ts";
import { startDraDriver } from "./kubelet-plugins/dra-driver.ts";
import { answer } from "./listener/answer.ts";
import { loadListeners } from "./listener/image.ts";
import { handlerOnNode } from "./node-runtime.ts";
import { createStack, type Stack, smallResources } from "./stack.ts";

const minute = 60_000;
const [plugged, bound] = ["hardware-plugged", "hardware-bound"] as const;
const reference = "localhost/e2e-listener/hardware:1";
const port = 8080;
/** Of the numbers that FUSE has everywhere: no container may open it that was not given it, and opening it does nothing. */
const serial = { path: "/dev/ttyE2E0", numbers: ["c", "10", "229"] };
const serialResource = "e2e.iotedge.dev/serial";
const gpuResource = "nvidia.com/gpu";
const camera = { path: "/dev/videoE2E0", template: "camera", driver: "dra.e2e.iotedge.dev", device: "camera-0" };

const module = (createOptions: object) => ({
  type: "docker",
  status: "running",
  restartPolicy: "always",
  env: { DEVICE: { value: serial.path }, NVIDIA_VISIBLE_DEVICES: { value: "all" } },
  settings: { image: reference, createOptions: { Cmd: [String(port)], ...createOptions } },
});
const device = { PathOnHost: serial.path, PathInContainer: serial.path, CgroupPermissions: "rwm" };
const withHardware = {
  serial: module({ HostConfig: { Devices: [device] } }),
  vision: module({ HostConfig: { Runtime: "nvidia" } }),
  training: module({ HostConfig: { DeviceRequests: [{ Driver: "nvidia", Count: 2, Capabilities: [["gpu"]] }] } }),
  camera: module({ HostConfig: { Devices: [{ ...device, PathOnHost: camera.path, PathInContainer: camera.path }] } }),
};
const manifestOf = (modules: object) => ({
  modulesContent: { $edgeAgent: { "properties.desired": { schemaVersion: "1.1", modules } } },
});

/** What somebody makes in a cluster with such hardware, beside the plugins. */
const runtimeClass = {
  apiVersion: "node.k8s.io/v1",
  kind: "RuntimeClass",
  metadata: { name: "nvidia" },
  handler: "nvidia",
};
const deviceClass = {
  apiVersion: "resource.k8s.io/v1",
  kind: "DeviceClass",
  metadata: { name: "e2e-camera" },
  spec: { selectors: [{ cel: { expression: `device.driver == "${camera.driver}"` } }] },
};
const claimTemplate = {
  apiVersion: "resource.k8s.io/v1",
  kind: "ResourceClaimTemplate",
  metadata: { name: camera.template, namespace: plugged },
  spec: {
    spec: { devices: { requests: [{ name: "camera", exactly: { deviceClassName: deviceClass.metadata.name } }] } },
  },
};
const sliceOf = (node: string) => ({
  apiVersion: "resource.k8s.io/v1",
  kind: "ResourceSlice",
  metadata: { name: "e2e-camera" },
  spec: {
    driver: camera.driver,
    nodeName: node,
    pool: { name: node, generation: 1, resourceSliceCount: 1 },
    devices: [{ name: camera.device }],
  },
});

let directory: string;
let stack: Stack;
const plugins: { stop(): Promise<void> }[] = [];
async function provide<T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> {
  const plugin = await starting;
  plugins.push(plugin);
  return plugin;
}
const apply = (object: object) => kubectlOk(["apply", "-f", "-"], JSON.stringify(object));

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "hardware-"));
  const made = await runProgram("mknod", ["-m", "666", serial.path, ...serial.numbers]);
  expect(made.code, made.stderr).toBe(0);
  await loadListeners(directory, [{ reference, user: "1000" }]);
  const hostPaths = [{ pathPrefix: serial.path, readOnly: false }];
  const installations = [
    {
      namespace: plugged,
      edgeAgent: {
        policy: {
          devices: [
            { path: serial.path, resource: serialResource },
            { path: camera.path, claimTemplate: camera.template },
          ],
          gpu: { resource: gpuResource, runtimeClassName: runtimeClass.metadata.name },
        },
      },
      deployment: manifestOf({ plain: module({}) }),
    },
    {
      namespace: bound,
      edgeAgent: { policy: { privileged: true, hostPaths } },
      deployment: manifestOf({
        owner: module({ HostConfig: { Devices: [device] } }),
        mounting: module({ HostConfig: { Binds: [`${serial.path}:${serial.path}`] } }),
      }),
    },
  ].map((one) => ({ ...one, createNamespace: true, ...smallResources }));
  stack = await createStack("hardware", installations);
  const up = await stack.run(["up", "--engine", "render", "--timeout", "240"]);
  expect(up.code, up.stderr).toBe(0);
}, 8 * minute);

afterAll(async () => {
  const down = await stack?.run(["down", "--engine", "render"]);
  await kubectl(["delete", "namespace", plugged, bound, "--ignore-not-found"]);
  await kubectl(["delete", "resourceslice,deviceclass", "e2e-camera", "--ignore-not-found"]);
  await kubectl(["delete", "runtimeclass", runtimeClass.metadata.name, "--ignore-not-found"]);
  for (const plugin of plugins) await plugin.stop();
  await stack?.remove();
  await rm(serial.path, { force: true });
  await rm(directory, { recursive: true });
  expect(down?.code, down?.stderr).toBe(0);
}, 8 * minute);

describe("where the cluster does not have it yet", () => {
  it("01 modules that ask for hardware wait, and the status says what is missing", async () => {
    const manifest = await readManifest(plugged);
    Object.assign(modulesOf(manifest), withHardware);
    await writeManifest(plugged, manifest);
    const found = await waitFor("all of it to be found", async () => {
      const now = await findingsOf(stack);
      return Object.keys(withHardware).every((id) => now[id] !== undefined) ? now : undefined;
    });
    expect(found.serial).toMatchObject({
      id: "device-missing",
      message: expect.stringContaining(serialResource),
      fix: expect.stringContaining(serialResource),
    });
    const nvidia = { id: "runtime-class-missing", message: expect.stringContaining('"nvidia" not found') };
    expect([found.vision, found.training]).toMatchObject([nvidia, nvidia]);
    expect(found.camera).toMatchObject({
      id: "claim-template-missing",
      message: expect.stringContaining(camera.template),
    });
    expect(found.plain).toBeUndefined();
  });
});

describe("a device", () => {
  it("02 of a device plugin's resource is in the module's container, which needs no privilege", async () => {
    const plugin = await provide(
      startDevicePlugin({ resource: serialResource, devices: { "tty-0": serial.path, "tty-1": serial.path } }),
    );
    expect(await answer(plugged, "serial", port)).toMatchObject({
      ...{ device: "opens", uid: "1000", effective: "0000000000000000", root: "read-only" },
    });
    expect(plugin.allocated).toHaveLength(1);
    // Nobody else has it.
    expect(await answer(plugged, "plain", port)).toMatchObject({ device: "ENOENT" });
  });

  it("03 without a plugin opens in a privileged container alone, whatever is mounted", async () => {
    expect(await answer(bound, "owner", port)).toMatchObject({ device: "opens", uid: "1000" });
    expect(await answer(bound, "mounting", port)).toMatchObject({ device: "EPERM", uid: "1000" });
  });

  it("04 of a claim is allocated and prepared for the module's pod", async () => {
    const node = (await items("nodes"))[0]?.metadata.name ?? "";
    const driver = await provide(startDraDriver({ driver: camera.driver, pool: node, device: camera.device }));
    for (const object of [deviceClass, sliceOf(node), claimTemplate]) await apply(object);
    const pod = await readyPod(plugged, moduleSelector("camera"));
    const claims = await items("resourceclaims", ["-n", plugged]);
    expect(
      claims.map(({ status }) => [status.allocation.devices.results[0].device, status.reservedFor[0].uid]),
    ).toEqual([[camera.device, pod.metadata.uid]]);
    expect(driver.prepared).toEqual([`${plugged}/${claims[0]?.metadata.name}`]);
  });
});

describe("GPUs", () => {
  let plugin: DevicePlugin;

  it("05 are given by the plugin's resource, and the pod runs by the RuntimeClass's handler", async () => {
    const devices = { "GPU-0": undefined, "GPU-1": undefined, "GPU-2": undefined };
    const variables = (ids: readonly string[]) => ({ NVIDIA_VISIBLE_DEVICES: ids.toSorted().join("+") });
    plugin = await provide(startDevicePlugin({ resource: gpuResource, devices, variables }));
    await apply(runtimeClass);
    const given = await Promise.all(
      ["vision", "training"].map(async (name) => (await answer(plugged, name, port)).gpus?.split("+") ?? []),
    );
    // What the manifest says would be "all".
    expect(given.map(({ length }) => length)).toEqual([1, 2]);
    expect(given.flat().sort()).toEqual(Object.keys(devices));
    for (const name of ["vision", "training"]) {
      expect(await handlerOnNode(await readyPod(plugged, moduleSelector(name)))).toBe("nvidia");
    }
    expect(await handlerOnNode(await readyPod(plugged, moduleSelector("plain")))).toBe("");
  });

  it("06 that are all given away leave a further module waiting, and the status says so", async () => {
    const manifest = await readManifest(plugged);
    modulesOf(manifest).late = module({ HostConfig: { Runtime: "nvidia" } });
    await writeManifest(plugged, manifest);
    const late = await waitFor("the reason", async () => (await findingsOf(stack)).late);
    expect(late).toMatchObject({ id: "device-missing", message: expect.stringContaining(gpuResource) });
    expect(plugin.allocated).toHaveLength(2);
  });
});
