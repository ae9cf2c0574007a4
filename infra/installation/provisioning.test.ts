import { Errors } from "typebox/value";
import { describe, expect, it } from "vitest";
import { IotedgedSettingsSchema } from "#contract";
import type { EdgeInstallationArgs } from "./args.ts";
import { provisioningProblems, requireProvisioning } from "./provisioning.ts";
import { assigned, connected, recordInstallation } from "./test/sample.ts";

describe("a connected installation", () => {
  it("tells its daemons so, and has no manifest of its own", async () => {
    const { find, all } = await recordInstallation({ ...connected, deviceId: "line-1" });
    const settings = JSON.parse(find("ConfigMap", "iotedged-config").inputs.data["config.json"]);
    expect(settings).toMatchObject({
      hubHostname: "myhub.azure-devices.net",
      deviceId: "line-1",
      provisioning: { source: "manual" },
    });
    expect(Errors(IotedgedSettingsSchema, settings)).toEqual([]);
    expect(all("ConfigMap").filter(({ name }) => name.endsWith("edgeagent-deployment"))).toEqual([]);
  });

  it("mounts the device's credential into iotedged alone, readable by its user", async () => {
    const { find } = await recordInstallation(connected);
    const { spec } = find("Deployment", "iotedged").inputs.spec.template;
    const volume = { name: "provisioning", secret: { secretName: "line-1-device", defaultMode: 0o440 } };
    expect(spec.volumes).toContainEqual(volume);
    expect(spec.containers[0].volumeMounts).toContainEqual({
      name: "provisioning",
      mountPath: "/etc/iotedge/provisioning",
      readOnly: true,
    });
  });

  it("lets EdgeAgent see no manifest in the cluster, and is else what any other may do", async () => {
    const rulesOf = async (args: object, name: string) =>
      (await recordInstallation(args)).find("Role", name).inputs.rules as { resourceNames?: string[] }[];
    const [alone, own] = [await rulesOf({}, "edgeagent"), await rulesOf(connected, "edgeagent")];
    const isOfManifest = ({ resourceNames = [] }: { resourceNames?: string[] }) =>
      resourceNames.includes("edgeagent-deployment");
    expect(alone.filter(isOfManifest)).toHaveLength(1);
    expect(own).toEqual(alone.filter((rule) => !isOfManifest(rule)));
    expect(await rulesOf(connected, "iotedged")).toEqual(await rulesOf({}, "iotedged"));
  });

  it("is the only kind that has any of this", async () => {
    const { find, all } = await recordInstallation();
    expect(JSON.parse(find("ConfigMap", "iotedged-config").inputs.data["config.json"])).not.toHaveProperty(
      "provisioning",
    );
    expect(JSON.stringify(find("Deployment", "iotedged").inputs)).not.toContain("provisioning");
    expect(all("ConfigMap").filter(({ name }) => name.endsWith("edgeagent-deployment"))).toHaveLength(1);
  });

  it.each([
    [{ deployment: "{}" }, "deployment"],
    [{ hubHostname: undefined }, "hubHostname"],
    [{ hubHostname: "standalone.iotedge.internal" }, "hubHostname"],
    [{ provisioning: { ...connected.provisioning, trustedCas: ["no certificate"] } }, "provisioning.trustedCas[0]"],
    [{ provisioning: { ...connected.provisioning, source: "tpm" } }, "provisioning.source"],
    [{ provisioning: { ...connected.provisioning, method: "symmetric_key" } }, "provisioning.method"],
    [{ provisioning: { ...connected.provisioning, idScope: "0ne1" } }, "provisioning.idScope"],
    [{ deviceId: "HostName=h.test;DeviceId=d1;SharedAccessKey=c2VjcmV0c2VjcmV0c2VjcmV0" }, "deviceId"],
  ])("is refused with %j", (changes, key) => {
    const args = { ...connected, ...changes } as EdgeInstallationArgs;
    expect(provisioningProblems(args)).toHaveLength(1);
    const refusal = expect.objectContaining({
      code: "EDGE_INSTALLATION_PROVISIONING",
      message: expect.stringContaining(`\`${key}\` of installation edge-a`),
    });
    expect(() => requireProvisioning("edge-a", args)).toThrow(refusal);
  });
});

describe("an installation that a provisioning service assigns", () => {
  it("tells its daemons the registration, and neither hub nor device", async () => {
    const { find } = await recordInstallation(assigned);
    const settings = JSON.parse(find("ConfigMap", "iotedged-config").inputs.data["config.json"]);
    const registration = {
      globalEndpoint: "https://global.azure-devices-provisioning.net",
      ...{ idScope: "0ne00000001", registrationId: "line-1" },
    };
    expect(settings.provisioning).toEqual({ source: "dps", registration });
    expect(settings).not.toHaveProperty("hubHostname");
    expect(settings).not.toHaveProperty("deviceId");
    expect(Errors(IotedgedSettingsSchema, settings)).toEqual([]);
  });

  it("tells its daemons the protocol and the proxy", async () => {
    const way = { upstreamProtocol: "MqttWs", httpsProxy: "http://proxy.example.com:3128", noProxy: ["hub.test"] };
    const { find } = await recordInstallation({ provisioning: { ...assigned.provisioning, ...way } });
    const settings = JSON.parse(find("ConfigMap", "iotedged-config").inputs.data["config.json"]);
    const proxy = { url: "http://proxy.example.com:3128", exceptions: ["hub.test"] };
    expect(settings.provisioning).toMatchObject({ upstreamProtocol: "MqttWs", proxy });
    expect(Errors(IotedgedSettingsSchema, settings)).toEqual([]);
  });

  it.each([
    { globalEndpoint: "https://DPS.example.com/" },
    { globalEndpoint: "https://dps.example.com:443" },
    { httpsProxy: "http://Proxy.example.com:3128/" },
    { httpsProxy: "http://proxy.example.com:443" },
    { httpsProxy: "https://[2001:db8::1]:80" },
  ])("takes URLs with capitals, and with the port of another scheme: %j", async (changes) => {
    const { find } = await recordInstallation({ provisioning: { ...assigned.provisioning, ...changes } });
    const settings = JSON.parse(find("ConfigMap", "iotedged-config").inputs.data["config.json"]);
    expect(Errors(IotedgedSettingsSchema, settings)).toEqual([]);
  });

  it.each([
    [assigned, "dps"],
    [connected, "manual"],
  ])("says that the device proves itself by a certificate: %j", async (args, source) => {
    const provisioning = { ...args.provisioning, method: "x509" };
    const { find } = await recordInstallation({ ...args, provisioning });
    const settings = JSON.parse(find("ConfigMap", "iotedged-config").inputs.data["config.json"]);
    expect(settings.provisioning).toMatchObject({ source, method: "x509" });
    expect(Errors(IotedgedSettingsSchema, settings)).toEqual([]);
  });

  it.each<[object, string]>([
    [{ hubHostname: "myhub.azure-devices.net" }, "hubHostname"],
    [{ deviceId: "line-1" }, "deviceId"],
    [{ provisioning: { ...assigned.provisioning, idScope: undefined } }, "provisioning.idScope"],
    [{ provisioning: { ...assigned.provisioning, registrationId: "LINE" } }, "provisioning.registrationId"],
    [{ provisioning: { ...assigned.provisioning, globalEndpoint: "http://dps.test" } }, "provisioning.globalEndpoint"],
    [{ provisioning: { ...assigned.provisioning, method: "sas" } }, "provisioning.method"],
    [{ provisioning: { ...assigned.provisioning, upstreamProtocol: "Amqp" } }, "provisioning.upstreamProtocol"],
    [{ provisioning: { ...assigned.provisioning, httpsProxy: "http://a:b@proxy:3128" } }, "provisioning.httpsProxy"],
    ...[
      "proxy:3128",
      "http://proxy/path",
      "http://proxy?a",
      "http://proxy#a",
      " http://proxy",
      "http:proxy",
      "http://h:99999",
    ].map((httpsProxy): [object, string] => [
      { provisioning: { ...assigned.provisioning, httpsProxy } },
      "provisioning.httpsProxy",
    ]),
    [{ provisioning: { ...assigned.provisioning, noProxy: ["a"] } }, "provisioning.noProxy"],
    [
      { provisioning: { ...assigned.provisioning, autoReprovisioningMode: "x" } },
      "provisioning.autoReprovisioningMode",
    ],
  ])("is refused with %j", (changes, key) => {
    const args = { ...assigned, ...changes } as EdgeInstallationArgs;
    expect(provisioningProblems(args)).toHaveLength(1);
    expect(() => requireProvisioning("edge-a", args)).toThrow(`\`${key}\``);
  });
});
