import { describe, expect, it } from "vitest";
import { parseConnectionString } from "./connection-string.ts";

const key = Buffer.alloc(32, 7).toString("base64");
const good = `HostName=myhub.azure-devices.net;DeviceId=line-1;SharedAccessKey=${key}`;

describe("a device's connection string", () => {
  it.each([good, `${good}\n`, `SharedAccessKey=${key};DeviceId=line-1;HostName=myhub.azure-devices.net;`])(
    "names the hub and the device, and has the key: %j",
    (text) => {
      const read = parseConnectionString(text);
      expect(read).toMatchObject({ hubHostname: "myhub.azure-devices.net", deviceId: "line-1" });
      expect("credential" in read && read.credential.key.export().toString("base64")).toBe(key);
    },
  );

  it.each([
    ["", "empty"],
    ["x".repeat(5000), "longer"],
    ["HostName", "NAME=VALUE"],
    [`${good};DeviceId=line-2`, "twice"],
    [`${good};SharedAccessKeyName=iothubowner`, "policy"],
    [`${good};ModuleId=sensor`, "module"],
    [`${good};GatewayHostName=edge`, "gateway"],
    ["HostName=h.test;DeviceId=d1;x509=true", "certificate"],
    [good.replace("myhub", "my hub"), "HostName"],
    [good.replace("line-1", "a/b"), "DeviceId"],
    [good.replace(key, "c2hvcnQ="), "16 to 64 bytes"],
    [good.replace(key, `${key}!`), "16 to 64 bytes"],
    ["HostName=h.test;DeviceId=d1", "SharedAccessKey is empty"],
  ])("is told apart from what is none, without its key: %#", (text, reason) => {
    const read = parseConnectionString(text);
    expect(read).toEqual({ reason: expect.stringContaining(reason) });
    expect(JSON.stringify(read)).not.toContain(key);
  });
});
