import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lacksJudgeNetwork } from "../iot-hub/judges/network.ts";
import { progress } from "../support/progress.ts";
import { waitFor } from "../support/wait-for.ts";
import { agentMethods } from "./iot-hub/agent-methods.ts";
import { openSite, type Site } from "./iot-hub/site.ts";

const lacking = lacksJudgeNetwork();
if (lacking !== undefined) progress(`No connected installation's rights are tried: ${lacking}`);

const name = "line-2";

describe.skipIf(lacking !== undefined)("a service, and an installation that is connected to IoT Hub", () => {
  let site: Site;

  beforeAll(async () => {
    site = await openSite(name);
  });
  afterAll(() => site?.close());

  const up = async () => {
    const outcome = await site.stack.run(["up", "--engine", "render", "--timeout", "240"]);
    expect(outcome.code, outcome.stderr).toBe(0);
  };
  const podsOf = async (...moduleIds: string[]) =>
    Promise.all(moduleIds.map(async (moduleId) => (await site.podOf(moduleId)).metadata.uid));

  it("01 restarts no module and reads no log where the installation does not let it", async () => {
    await up();
    await site.setModules("sensor", "python");
    await site.reported("that they run", ({ modules }) => modules?.python?.runtimeStatus === "running");
    expect(await site.invoke("$edgeAgent", "ping", null)).toMatchObject({ status: 200 });
    const { restart, logs } = agentMethods(site);
    const refused = (setting: string) => ({ status: 403, payload: { message: expect.stringContaining(setting) } });
    expect(await restart()).toMatchObject(refused("moduleRestart"));
    expect(await logs()).toMatchObject(refused("moduleLogs"));
  });

  it("02 does so once it does, and no module is made anew for that", async () => {
    const before = await podsOf("sensor", "python", "$edgeHub");
    const file = join(site.stack.directory, "stacks", `Pulumi.${name}.yaml`);
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace(/( +)iotedged:\n/, "$&$1  moduleRestart: true\n$1  moduleLogs: true\n"));
    await up();
    expect(await podsOf("sensor", "python", "$edgeHub")).toEqual(before);
    const { restart, logs } = agentMethods(site);
    const answer = await waitFor("the log", async () => {
      const given = await logs();
      return given.status === 200 ? given : undefined;
    });
    expect(answer.payload).toEqual([{ id: "python", payload: expect.stringContaining('"event": "sent"') }]);
    expect(await restart()).toMatchObject({ status: 200 });
    await waitFor("another pod", async () => ((await podsOf("python"))[0] === before[1] ? undefined : true));
  });

  it("03 takes a module away: its pod goes first, and its identity in the hub last", async () => {
    // Without calls, of which the hub takes few a minute.
    const { registry } = site.room.fake.hub;
    const ids = () => registry.modules(name).map(({ moduleId }) => moduleId);
    await site.setModules("python");
    await waitFor("its pod to go", async () => ((await site.podsOf("sensor")).length === 0 ? true : undefined));
    expect(ids()).toContain("sensor");
    await waitFor("its identity to go", () => (ids().includes("sensor") ? undefined : true));
    const left = (await site.identities()).map(({ moduleId }) => moduleId);
    expect(left.sort()).toEqual(["$edgeAgent", "$edgeHub", "python"]);
    site.room.fake.journal.expectNoViolations();
  });
});
