import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { edgectl } from "../support/edgectl.ts";
import { waitFor } from "../support/wait-for.ts";
import { items, kubectlOk, moduleSelector, readyPod, reported } from "./cluster.ts";
import { type Manifest, modulesOf, readManifest, systemModulesOf, writeManifest } from "./deployment-manifest.ts";

const namespace = "edge-b";
const deployments = async () =>
  (await items("deployments", ["-n", namespace])).map(({ metadata }) => metadata.name).sort();

let original: Manifest;
beforeAll(async () => {
  original = await readManifest(namespace);
});

describe("EdgeAgent follows the deployment manifest", () => {
  it("01 starts a module that is added, with a name that only it can have", async () => {
    const next = structuredClone(original);
    modulesOf(next)["Second Sensor"] = { ...modulesOf(next).sensor };
    await writeManifest(namespace, next);
    const name = await waitFor("a Deployment of the new module", async () =>
      (await deployments()).find((d) => /^second-sensor-[0-9a-f]{20}$/.test(d)),
    );
    await readyPod(namespace, moduleSelector(name));
    await waitFor("its status", async () =>
      (await reported(namespace)).modules["Second Sensor"]?.runtimeStatus === "running" ? true : undefined,
    );
  });

  it("02 removes what is no longer asked for, and touches nothing else", async () => {
    const hubBefore = (await items("deployments", ["-n", namespace])).find(
      ({ metadata }) => metadata.name === "edgehub",
    );
    await writeManifest(namespace, original);
    await waitFor("removal", async () =>
      (await deployments()).some((d) => d.startsWith("second-sensor")) ? undefined : true,
    );
    await waitFor("removal of the ServiceAccount", async () =>
      (await items("serviceaccounts", ["-n", namespace])).some(({ metadata }) =>
        metadata.name.startsWith("second-sensor"),
      )
        ? undefined
        : true,
    );
    const hubAfter = (await items("deployments", ["-n", namespace])).find(
      ({ metadata }) => metadata.name === "edgehub",
    );
    expect(hubAfter?.metadata.generation).toBe(hubBefore?.metadata.generation);
  });

  it("03 removes and restores a Service with the module that asked for it", async () => {
    const next = structuredClone(original);
    delete systemModulesOf(next).edgeHub;
    await writeManifest(namespace, next);
    const services = async () => (await items("services", ["-n", namespace])).map(({ metadata }) => metadata.name);
    await waitFor("removal of the Service", async () => ((await services()).includes("edgehub") ? undefined : true));
    await writeManifest(namespace, original);
    await waitFor("the Service again", async () => ((await services()).includes("edgehub") ? true : undefined));
    await readyPod(namespace, moduleSelector("edgehub"));
  });

  it("04 keeps what runs when the manifest is invalid, and says why", async () => {
    const before = await deployments();
    const next = structuredClone(original);
    modulesOf(next).sensor.status = "sleeping";
    delete modulesOf(next).consumer.settings.image;
    await writeManifest(namespace, next);
    const status = await waitFor("the refusal", async () => {
      const now = await reported(namespace);
      return now.lastDesiredStatus.code === 200 ? undefined : now.lastDesiredStatus;
    });
    expect(status.description).toContain("modules.sensor.status");
    expect(status.description).toContain("modules.consumer.settings.image");
    expect(await deployments()).toEqual(before);
    const events = await items("events.events.k8s.io", ["-n", namespace]);
    expect(events.some((event) => /sleeping/.test(event.note ?? ""))).toBe(true);
    await writeManifest(namespace, original);
    await waitFor("the manifest to be accepted again", async () =>
      (await reported(namespace)).lastDesiredStatus.code === 200 ? true : undefined,
    );
  });

  it("05 repairs a Deployment that somebody changed or deleted", async () => {
    await kubectlOk(["scale", "deployment/consumer", "-n", namespace, "--replicas=0"]);
    await waitFor("the replica again", async () =>
      (await items("deployments", ["-n", namespace])).find((d) => d.metadata.name === "consumer")?.spec.replicas === 1
        ? true
        : undefined,
    );
    await kubectlOk(["delete", "deployment/consumer", "-n", namespace]);
    await readyPod(namespace, moduleSelector("consumer"));
  });
});

describe("iotedged looks after EdgeAgent", () => {
  it("06 brings EdgeAgent back when it is deleted", async () => {
    const before = (await items("deployments", ["-n", namespace])).find((d) => d.metadata.name === "edgeagent");
    await kubectlOk(["delete", "deployment/edgeagent", "-n", namespace]);
    await waitFor("a new EdgeAgent", async () => {
      const now = (await items("deployments", ["-n", namespace])).find((d) => d.metadata.name === "edgeagent");
      return now !== undefined && now.metadata.uid !== before?.metadata.uid ? true : undefined;
    });
    await readyPod(namespace, "app.kubernetes.io/name=edgeagent");
  });

  it("07 repairs EdgeAgent's Deployment when it is changed", async () => {
    await kubectlOk(["scale", "deployment/edgeagent", "-n", namespace, "--replicas=0"]);
    await waitFor("the replica again", async () =>
      (await items("deployments", ["-n", namespace])).find((d) => d.metadata.name === "edgeagent")?.spec.replicas === 1
        ? true
        : undefined,
    );
  });

  it("08 deletes EdgeAgent when it is turned off, and leaves the modules running", async () => {
    const settings = JSON.parse(
      JSON.parse(await kubectlOk(["get", "configmap", "iotedged-agent-config", "-n", namespace, "-o", "json"])).data[
        "settings.json"
      ],
    );
    const write = (enabled: boolean) =>
      kubectlOk([
        "patch",
        "configmap",
        "iotedged-agent-config",
        "-n",
        namespace,
        "--type=merge",
        "-p",
        JSON.stringify({ data: { "settings.json": JSON.stringify({ ...settings, enabled }) } }),
      ]);
    await write(false);
    await waitFor("EdgeAgent to go", async () => ((await deployments()).includes("edgeagent") ? undefined : true), 180);
    await readyPod(namespace, moduleSelector("sensor"));
    await write(true);
    await waitFor("EdgeAgent again", async () => ((await deployments()).includes("edgeagent") ? true : undefined), 180);
    await readyPod(namespace, "app.kubernetes.io/name=edgeagent");
  });
});

afterAll(async () => {
  await edgectl(["up", "--stack", "local", "--engine", "render"]);
});
