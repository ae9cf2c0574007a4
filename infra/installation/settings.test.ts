import * as pulumi from "@pulumi/pulumi";
import { Errors } from "typebox/value";
import { describe, expect, it } from "vitest";
import { AgentSettingsSchema, IotedgedSettingsSchema } from "#contract";
import type { EdgeInstallationArgs } from "./args.ts";
import { recordInstallation } from "./test/sample.ts";

async function settingsOf(args: Partial<EdgeInstallationArgs>) {
  const { find } = await recordInstallation(args);
  const data = (name: string) => find("ConfigMap", name).inputs.data;
  return {
    iotedged: data("iotedged-config")["config.json"] as string,
    agent: data("iotedged-agent-config")["settings.json"] as string,
    deployment: data("edgeagent-deployment")["deployment.json"] as string,
  };
}

describe("settings", () => {
  it.each([
    ["by default", {}],
    [
      "with everything said",
      {
        name: "line-1",
        deviceId: "gateway",
        hubHostname: "hub.azure-devices.net",
        gatewayHostname: "gateway.example",
        nodeObserver: true,
        imagePullPolicy: "Always",
        imagePullSecrets: ["registry"],
        iotedged: { logLevel: "debug", servingCertificateDays: 7, moduleCertificateMaxDays: 10, tokenCacheSeconds: 0 },
        edgeAgent: { enabled: false, logLevel: "warn", resources: {} },
        proxy: { resources: { limits: { memory: "1Gi" } } },
      },
    ],
    ["from outputs", { deviceId: pulumi.output("gateway"), edgeAgent: { enabled: pulumi.output(false) } }],
  ] satisfies [string, Partial<EdgeInstallationArgs>][])("satisfy the runtime's schemas %s", async (_, args) => {
    const { iotedged, agent } = await settingsOf(args);
    expect(Errors(IotedgedSettingsSchema, JSON.parse(iotedged))).toEqual([]);
    expect(Errors(AgentSettingsSchema, JSON.parse(agent))).toEqual([]);
  });

  it("tell of old ciphertexts only where they are turned off: an image that does not know of it must start", async () => {
    for (const oldCiphertexts of [undefined, true, pulumi.output(true)])
      expect(
        JSON.parse((await settingsOf(oldCiphertexts === undefined ? {} : { iotedged: { oldCiphertexts } })).iotedged),
      ).not.toHaveProperty("oldCiphertexts");
    const { iotedged } = await settingsOf({ iotedged: { oldCiphertexts: false } });
    expect(JSON.parse(iotedged)).toHaveProperty("oldCiphertexts", false);
    expect(Errors(IotedgedSettingsSchema, JSON.parse(iotedged))).toEqual([]);
  });

  it("carry what was said", async () => {
    const { iotedged, agent } = await settingsOf({
      name: "line-1",
      nodeObserver: true,
      iotedged: { servingCertificateDays: 7, moduleCertificateMaxDays: 10, tokenCacheSeconds: 5, moduleLogs: true },
      edgeAgent: { enabled: false },
      imagePullSecrets: ["registry"],
    });
    expect(JSON.parse(iotedged)).toMatchObject({
      installation: { name: "line-1", namespace: "edge-a" },
      deviceId: "line-1",
      hubHostname: "standalone.iotedge.internal",
      gatewayHostname: "edgehub",
      nodeObserver: true,
      certificates: { servingDays: 7, serverMaxDays: 10 },
      authentication: { cacheSeconds: 5, staleSeconds: 60 },
      limits: { requestsPerSecond: 500, certificatesPerMinute: 60 },
      features: { moduleLogs: true, moduleRestart: false, supportBundle: false, moduleJobs: true },
      logLevel: "info",
    });
    expect(JSON.parse(agent)).toMatchObject({
      enabled: false,
      edgeAgent: { image: "r/edge-agent:1", imagePullPolicy: "IfNotPresent" },
      proxy: { image: "r/proxy:1" },
      imagePullSecrets: ["registry"],
    });
  });

  it("have an empty deployment manifest unless there is one", async () => {
    const { deployment } = await settingsOf({});
    expect(JSON.parse(deployment).modulesContent.$edgeAgent["properties.desired"]).toMatchObject({
      schemaVersion: "1.1",
      modules: {},
    });
    expect((await settingsOf({ deployment: "{}" })).deployment).toBe("{}");
  });

  it("are the same text whatever the order of the arguments", async () => {
    const one = await settingsOf({ proxy: { resources: { requests: { cpu: "1m", memory: "2Mi" } } } });
    const two = await settingsOf({ proxy: { resources: { requests: { memory: "2Mi", cpu: "1m" } } } });
    expect(one).toEqual(two);
  });
});
