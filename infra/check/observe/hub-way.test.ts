import { expect, it } from "vitest";
import { provisioningSettings } from "../../installation/provisioning.ts";
import type { ProvisioningArgs } from "../../installation/provisioning-args.ts";
import { hubWayOf } from "./hub-way.ts";

const way = (provisioning: ProvisioningArgs, more: object = {}) =>
  hubWayOf(JSON.stringify({ ...provisioningSettings({ provisioning }), ...more }));

it("is as a deployment has settled it", () => {
  const direct = { hubHostname: undefined, serviceHostname: undefined, webSocket: false, proxy: undefined };
  expect(way({ source: "manual", existingSecret: "s" }, { hubHostname: "hub.test" })).toEqual({
    ...direct,
    hubHostname: "hub.test",
  });
  const dps = { source: "dps", existingSecret: "s", idScope: "0ne00000001", registrationId: "line-1" } as const;
  expect(way(dps)).toEqual({ ...direct, serviceHostname: "global.azure-devices-provisioning.net" });
  const proxied = { httpsProxy: "http://proxy.test:3128", noProxy: [".test"] };
  expect(way({ source: "manual", existingSecret: "s", upstreamProtocol: "MqttWs", ...proxied })).toEqual({
    ...direct,
    webSocket: true,
    proxy: { url: "http://proxy.test:3128", exceptions: [".test"] },
  });
});
