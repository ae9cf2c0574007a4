import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { giveAgentKey } from "../../runtime/edge-agent/hub/test/hub-access.ts";
import { deployments, events } from "../../runtime/shared/kubernetes/kinds.ts";
import { type Courtroom, openCourtroom } from "../iot-hub/judges/courtroom.ts";
import type { Judge } from "../iot-hub/judges/judge.ts";
import { lacksJudgeNetwork } from "../iot-hub/judges/network.ts";
import { progress } from "../support/progress.ts";
import { waitFor } from "../support/wait-for.ts";
import { createInstallation, type Installation } from "./edge-agent/installation.ts";

const lacking = lacksJudgeNetwork();
if (lacking !== undefined) progress(`No service of Microsoft's drives EdgeAgent by the fake of IoT Hub: ${lacking}`);

const deviceId = "line-1";
const image = "registry.example.com/sample:1.0";
const module = { type: "docker", settings: { image, createOptions: "{}" } };
const contentOf = (modules: object) => ({
  modulesContent: {
    $edgeAgent: {
      "properties.desired": {
        schemaVersion: "1.1",
        runtime: { type: "docker", settings: {} },
        systemModules: {},
        modules,
      },
    },
  },
});

describe.skipIf(lacking !== undefined)("a service on the SDK of npm, and EdgeAgent in a cluster", () => {
  let room: Courtroom;
  let service: Judge;
  let port: number;
  let installation: Installation;
  let running: Awaited<ReturnType<Installation["startAgent"]>>;

  const registry = (method: string, ...args: unknown[]) => service.call("registry", method, ...args);
  const setModules = (modules: object) => registry("applyConfigurationContentOnDevice", deviceId, contentOf(modules));
  // biome-ignore lint/suspicious/noExplicitAny: a twin is an open document
  const twin = () => registry("getModuleTwin", deviceId, "$edgeAgent") as Promise<any>;
  const reports = (code: number) =>
    waitFor(`status ${code}`, async () => {
      const { desired, reported } = (await twin()).properties;
      const { lastDesiredStatus, lastDesiredVersion } = reported;
      return lastDesiredStatus?.code === code && lastDesiredVersion === desired.$version ? reported : undefined;
    });
  const names = async () => (await installation.admin.list(deployments)).map(({ metadata }) => metadata.name).sort();
  const hasDeployments = (wanted: readonly string[]) =>
    waitFor(`Deployments ${wanted.join()}`, async () => ((await names()).join() === wanted.join() ? true : undefined));
  const hasEvent = (reason: string) =>
    waitFor(`Event ${reason}`, async () =>
      (await installation.admin.list(events)).find((one) => one.reason === reason),
    );
  const invoke = (methodName: string, payload: object | null = null) =>
    service.call("invoke-method", deviceId, "$edgeAgent", {
      ...{ methodName, payload, responseTimeoutInSeconds: 30, connectTimeoutInSeconds: 30 },
    });
  const start = (more: { tokenLife?: number } = {}) =>
    installation.startAgent({ hub: { fake: room.fake, port, deviceId, ...more } });

  beforeAll(async () => {
    room = await openCourtroom({ switches: { registryOperationsPerMinute: 1000 } });
    port = await room.fake.listen("mqtt");
    service = room.npm("service-client.mjs");
    await service.call("connect", room.fake.hub.connectionString());
  });
  afterAll(() => room?.close());

  beforeEach(async () => {
    await registry("create", { deviceId, capabilities: { iotEdge: true } });
    giveAgentKey(room.fake, deviceId);
    // Nobody reads it: the installation is connected.
    installation = await createInstallation(contentOf({ file: module }));
  });
  afterEach(async () => {
    await running.stop();
    await installation.remove();
    room.fake.hub.faults.away = false;
    room.fake.hub.faults.clear();
    await registry("delete", deviceId);
    room.fake.journal.expectNoViolations();
  });

  it("sets modules, which run and are reported, changes them and removes one", async () => {
    await setModules({ sensor: module, consumer: module });
    running = await start();
    const reported = await reports(200);
    expect(reported).toMatchObject({ schemaVersion: "1.0", runtime: { platform: { os: "Kubernetes" } } });
    await hasDeployments(["consumer", "sensor"]);
    await waitFor("both modules to be reported", async () => {
      const { modules } = (await twin()).properties.reported;
      return Object.keys(modules ?? {})
        .sort()
        .join() === "consumer,sensor"
        ? true
        : undefined;
    });
    await setModules({ sensor: { ...module, status: "stopped" } });
    await hasDeployments(["sensor"]);
    await waitFor("the sensor to be reported as stopped", async () => {
      const { modules } = (await twin()).properties.reported;
      return modules.sensor.runtimeStatus === "stopped" && modules.consumer === undefined ? true : undefined;
    });
    await waitFor("readiness", () => running.health.ready || undefined);
  });

  it("sets what is refused, and finds the reason in the twin, while what runs runs on", async () => {
    await setModules({ sensor: module });
    running = await start();
    await hasDeployments(["sensor"]);
    await setModules({ sensor: { type: "docker", settings: {} }, other: module });
    const { lastDesiredStatus } = await reports(400);
    expect(lastDesiredStatus.description).toContain("modules.sensor.settings.image");
    const [deployment] = await installation.admin.list(deployments);
    expect(deployment?.spec?.template.spec?.containers.map((one) => one.image)).toContain(image);
    expect(await names()).toEqual(["sensor"]);
    const event = await hasEvent("ManifestRefused");
    expect(event.regarding).toMatchObject({ kind: "Deployment", name: "edgeagent" });
  });

  it("calls direct methods", async () => {
    running = await start();
    await hasEvent("HubConnected");
    expect(await invoke("ping")).toMatchObject({ status: 200 });
    expect(await invoke("RestartModule", { schemaVersion: "1.0" })).toMatchObject({
      status: 400,
      payload: { message: expect.stringContaining("id") },
    });
    expect(await invoke("UploadSupportBundle")).toMatchObject({ status: 400 });
  });

  it("finds the modules as they were after the hub was away, and what it has set meanwhile", async () => {
    await setModules({ sensor: module });
    running = await start();
    await hasDeployments(["sensor"]);
    room.fake.hub.faults.away = true;
    await hasEvent("HubDisconnected");
    // The service's calls would not get through either.
    const { twin: state } = room.fake.hub.registry.module(deviceId, "$edgeAgent");
    state.replace({ desired: { schemaVersion: "1.1", modules: { other: module } } });
    // Nothing is to come of it: EdgeAgent is given time to do wrong by starting anew.
    await running.stop();
    running = await start();
    await waitFor("the status of a start without the hub", async () => {
      const status = await installation.reported(({ lastDesiredStatus }) => lastDesiredStatus?.code === 406);
      return status.modules.sensor;
    });
    expect(await names()).toEqual(["sensor"]);
    room.fake.hub.faults.away = false;
    await hasDeployments(["other"]);
  });

  it("sees a twin that is kept up to date with tokens that live for seconds, answers of 429, and changes that get lost", async () => {
    const { entries } = room.fake.journal;
    const before = entries.length;
    await setModules({});
    running = await start({ tokenLife: 8 });
    await reports(200);
    room.fake.hub.faults.inject("report", { status: 429 }, 2);
    room.fake.hub.faults.inject("desired", { lost: true });
    await setModules({ first: module });
    await setModules({ second: module });
    await hasDeployments(["second"]);
    await waitFor("the report", async () => (await twin()).properties.reported.modules?.second);
    const connects = room.connects(`${deviceId}/$edgeAgent`).length;
    await waitFor("two more tokens", () => room.connects(`${deviceId}/$edgeAgent`).length > connects + 1 || undefined);
    await setModules({ third: module });
    await hasDeployments(["third"]);
    const ends = entries
      .slice(before)
      .filter(({ who, what }) => who === `${deviceId}/$edgeAgent` && what === "connection");
    expect(new Set(ends.map(({ outcome }) => outcome))).toEqual(new Set(["the client said DISCONNECT"]));
  });
});
