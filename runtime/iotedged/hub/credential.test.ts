import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FakeClock } from "../../../test/fakes/clock.ts";
import { temporaryDirectory } from "../../../test/support/temporary-directory.ts";
import { waitFor } from "../../../test/support/wait-for.ts";
import { createLogger } from "../../shared/logger.ts";
import { followCredential } from "./credential.ts";

const own = { hubHostname: "myhub.azure-devices.net", deviceId: "line-1" };
const keyOf = (fill: number) => Buffer.alloc(32, fill).toString("base64");
const text = (fill: number, { hubHostname, deviceId } = own) =>
  `HostName=${hubHostname};DeviceId=${deviceId};SharedAccessKey=${keyOf(fill)}`;

const root = temporaryDirectory();

describe("the device's credential", () => {
  it("is followed, and stays the last good one where it is changed for the worse", async () => {
    const folder = join(root, "etc/iotedge/provisioning");
    await mkdir(folder, { recursive: true });
    const log: string[] = [];
    const destination = { write: (line: string) => void log.push(line) };
    const clock = new FakeClock();
    const logger = createLogger({ component: "iotedged", level: "info", destination });
    const followed = await followCredential({ root, settings: own, clock, log: logger });
    expect(followed.current).toMatchObject({ credentials: [], problem: { code: "EDGE_HUB_CREDENTIAL" } });
    const changeTo = async (content: string, until: () => boolean) => {
      await writeFile(join(folder, "connectionString"), content);
      await waitFor("the change to be seen", async () => {
        await clock.advance(5000);
        return until() || undefined;
      });
    };
    await changeTo(text(1), () => followed.current.credentials.length === 1);
    const [good] = followed.current.credentials;
    await changeTo(`${text(9)};ModuleId=a`, () => followed.current.problem !== undefined);
    expect(followed.current.credentials).toEqual([good]);
    expect(log.join("")).toContain("EDGE_HUB_CREDENTIAL");
    for (const fill of [1, 9]) expect(log.join("")).not.toContain(keyOf(fill));
    followed.stop();
  });
});
