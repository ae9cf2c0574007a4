import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lacksJudgeNetwork } from "../iot-hub/judges/network.ts";
import { progress } from "../support/progress.ts";
import { leaksIn, tracesOf } from "../support/secret-traces.ts";
import { waitFor } from "../support/wait-for.ts";
import { items, type KubernetesItem, kubectlOk } from "./cluster.ts";
import { agentMethods } from "./iot-hub/agent-methods.ts";
import { openSite, type Site } from "./iot-hub/site.ts";

const lacking = lacksJudgeNetwork();
if (lacking !== undefined) progress(`No installation is connected to the fake of IoT Hub: ${lacking}`);

const name = "line-1";

describe.skipIf(lacking !== undefined)("an installation that is connected to IoT Hub", () => {
  let site: Site;
  const pods = new Map<string, KubernetesItem>();

  beforeAll(async () => {
    site = await openSite(name, { iotedged: { moduleRestart: true, moduleLogs: true } });
  });
  afterAll(() => site?.close());

  it("01 is deployed with the credential of a device that a service has made", async () => {
    const up = await site.stack.run(["up", "--engine", "render", "--timeout", "240"]);
    expect(up.code, up.stderr).toBe(0);
    await site.reported("that there is no manifest yet", ({ lastDesiredStatus }) => lastDesiredStatus.code === 417);
    const status = await site.stack.run(["status"]);
    expect(status.stdout).toMatch(
      /^IoT Hub:\n {2}line-1: connected since \S+, device line-1 of hub\.test, 1 of 1 identities ready$/m,
    );
  });

  it("02 runs the modules that a service sets, and gives the hub their keys", async () => {
    await site.setModules("sensor", "python");
    const running = ["sensor", "python", "$edgeHub"];
    for (const moduleId of running) pods.set(moduleId, await site.podOf(moduleId));
    const { lastDesiredStatus, modules } = await site.reported("that they run", ({ modules: all, systemModules }) =>
      [all?.sensor, all?.python, systemModules.edgeHub].every((one) => one?.runtimeStatus === "running"),
    );
    expect(lastDesiredStatus).toEqual({ code: 200, description: "" });
    expect(Object.keys(modules).sort()).toEqual(["python", "sensor"]);
    const found = (await site.identities()).map(({ moduleId, managedBy, authentication }) =>
      [moduleId, managedBy, authentication.type].join(),
    );
    expect(found.sort()).toEqual([...running, "$edgeAgent"].map((id) => `${id},IotEdge,sas`).sort());
  });

  it.each([
    ["npm", "sensor", "celsius"],
    ["PyPI", "python", "number"],
  ])("03 sends the service messages of a module on the SDK of %s", async (_, moduleId, field) => {
    const message = await waitFor(`a message of ${moduleId}`, () =>
      site.room.fake.hub.messages.find((one) => one.moduleId === moduleId),
    );
    expect(message).toMatchObject({ deviceId: name, output: "readings" });
    expect(JSON.parse(message.body.toString())).toHaveProperty(field);
  });

  it("04 tells a module of a change of its twin, and hands over its direct method", async () => {
    await site.room.subscribed(`${name}/python`, "$iothub/twin/PATCH/properties/desired/#");
    await site.registry("updateModuleTwin", name, "python", { properties: { desired: { rate: 5 } } }, "*");
    await waitFor("the module's report", async () =>
      (await site.twinOf("python")).properties.reported.told?.rate === 5 ? true : undefined,
    );
    expect(await site.invoke("python", "calibrate", { to: 20 })).toEqual({
      ...{ status: 200, payload: { name: "calibrate", payload: { to: 20 } } },
    });
  });

  it("05 lets the service read a module's log and restart it, where it may", async () => {
    const { logs, restart } = agentMethods(site);
    expect(await logs()).toEqual({
      ...{ status: 200, payload: [{ id: "python", payload: expect.stringContaining('"event": "sent"') }] },
    });
    expect(await restart()).toEqual({ status: 200, payload: null });
    await waitFor("another pod", async () =>
      (await site.podOf("python")).metadata.uid === pods.get("python")?.metadata.uid ? undefined : true,
    );
  });

  it("06 ends a module that is set no more", async () => {
    await site.setModules("python");
    await waitFor("its pod to go", async () => ((await site.podsOf("sensor")).length === 0 ? true : undefined));
    await site.reported("that it is gone", ({ modules }) => modules.sensor === undefined);
  });

  it("07 leaves all other pods as they were", async () => {
    const now = await items("pods", ["-n", name]);
    const restarts = now.flatMap(({ metadata, status }) =>
      [...status.containerStatuses, ...(status.initContainerStatuses ?? [])].map(
        (container) => `${metadata.name} ${container.name} ${container.restartCount}`,
      ),
    );
    expect(restarts.filter((text) => !text.endsWith(" 0"))).toEqual([]);
    expect((await site.podOf("$edgeHub")).metadata.uid).toBe(pods.get("$edgeHub")?.metadata.uid);
  });

  it("08 keeps the device's key in its Secret alone", async () => {
    const objects = await kubectlOk(["get", "configmaps,deployments,pods,events", "-n", name, "-o", "json"]);
    const logs = await kubectlOk(["logs", "-n", name, "-l", "app.kubernetes.io/part-of=iotedge", "--tail=-1"]);
    const traces = new Map([["the device's key", tracesOf(site.credential)]]);
    const texts = { objects, logs };
    expect(logs).toContain('"the hub"');
    expect(
      leaksIn(
        Object.entries(texts).map(([file, text]) => [file, Buffer.from(text)] as const),
        traces,
      ),
    ).toEqual([]);
  });

  it("09 is taken down, and leaves the hub its device, with identities and twins", async () => {
    const before = await site.identities();
    const down = await site.stack.run(["down", "--engine", "render"]);
    expect(down.code, down.stderr).toBe(0);
    expect(await items("deployments,pods", ["-n", name])).toEqual([]);
    expect(await site.identities()).toHaveLength(before.length);
    site.room.fake.journal.expectNoViolations();
  });
});
