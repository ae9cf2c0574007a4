import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ports } from "#contract";
import { createTestCa, type TestCa } from "../fakes/test-ca.ts";
import {
  type Authority,
  createAuthority,
  derivedKey,
  type Enrollment,
  type Hub,
  type KeyPair,
} from "../iot-hub/index.ts";
import { type Courtroom, openCourtroom } from "../iot-hub/judges/courtroom.ts";
import { lacksJudgeNetwork } from "../iot-hub/judges/network.ts";
import { type ConnectProxy, startConnectProxy } from "../support/connect-proxy.ts";
import { listenToAll } from "../support/hub-port.ts";
import { progress } from "../support/progress.ts";
import { leaksIn, tracesOf } from "../support/secret-traces.ts";
import { serverCertificate } from "../support/server-certificate.ts";
import { waitFor } from "../support/wait-for.ts";
import { items, kubectlOk } from "./cluster.ts";
import { byEnrollment, type SecretContent } from "./iot-hub/device.ts";
import { runWithHosts } from "./iot-hub/host-names.ts";
import { givePodsAccess, nodePlan, type PodAccess } from "./iot-hub/pod-access.ts";
import { openSite, type Site } from "./iot-hub/site.ts";
import { tracesOfSecrets } from "./secrets.ts";

const lacking = lacksJudgeNetwork();
if (lacking !== undefined) progress(`No installation is provisioned by the fake of the service: ${lacking}`);

const hour = 3_600_000;
const key = (fill: number) => Buffer.alloc(32, fill).toString("base64");
const keys = (fill: number) => ({ type: "symmetricKey", primaryKey: key(fill), secondaryKey: key(fill + 1) }) as const;
const common = {
  ...{ hub: "hub.test", enabled: true, iotEdge: true },
  reprovision: { updateHubAssignment: true, migrateDeviceData: true },
};
const secretOf = ({ cert, key: privateKey }: KeyPair): SecretContent => ({
  type: "kubernetes.io/tls",
  stringData: { "tls.crt": cert, "tls.key": privateKey },
});
const names = { key: "line-key", certificate: "line-certificate", proxy: "line-proxy" } as const;

/** In the order of the story. What is beyond the proxy is a fake of its own, at an address that no pod has a way to. */
describe.skipIf(lacking !== undefined)("installations that a provisioning service assigns", () => {
  let room: Courtroom;
  let access: PodAccess;
  let beyond: Courtroom;
  let proxy: ConnectProxy;
  let proxyCa: TestCa;
  let connections = 0;
  let authority: Authority;
  let sites: { readonly [name in keyof typeof names]: Site };
  const byKey: Enrollment = {
    ...{ ...common, kind: "individual", name: "press", deviceId: "press-7" },
    attestation: keys(1),
  };
  const all = () => Object.values(sites);

  beforeAll(async () => {
    room = await openCourtroom({ hubs: ["hub.test", "hub2.test"] });
    access = await givePodsAccess(room.fake);
    beyond = await openCourtroom({ hubs: ["hub.invalid"], provisioning: { hostName: "dps.invalid" } });
    const https = await listenToAll(beyond.fake, "https", () => connections++);
    const led = ["hub.invalid:443", "dps.invalid:443"];
    const { nodeAddress: host } = await nodePlan();
    proxyCa = await createTestCa({ name: "CA of a proxy", notBefore: Date.now() - hour, notAfter: Date.now() + hour });
    const tls = await serverCertificate(proxyCa, host);
    proxy = await startConnectProxy((target) => (led.includes(target) ? https : undefined), { host, tls });
    authority = await createAuthority("CA of devices", Date.now());
    const [keySite, certificateSite, proxySite] = await Promise.all([
      openKeySite(),
      openCertificateSite(),
      openProxySite(),
    ]);
    sites = { key: keySite, certificate: certificateSite, proxy: proxySite };
  });
  afterAll(async () => {
    await Promise.all(Object.values(sites ?? {}).map((site) => site.close()));
    await access?.[Symbol.asyncDispose]();
    await proxy?.close();
    await Promise.all([room?.close(), beyond?.close()]);
  });

  const openKeySite = () =>
    openSite(names.key, {
      room,
      device: byEnrollment({
        ...{ enrollment: byKey, registrationId: "press", provisioning: { autoReprovisioningMode: "AlwaysOnStartup" } },
        ...{ secret: { stringData: { symmetricKey: key(1) } }, credential: Buffer.from(key(1), "base64") },
      }),
    });

  const openCertificateSite = async () => {
    const attestation = { type: "x509", certificates: [authority.certificate] } as const;
    const pair = await authority.issue({ commonName: names.certificate });
    return openSite(names.certificate, {
      room,
      device: byEnrollment({
        enrollment: { ...common, kind: "group", name: "certificates", attestation },
        ...{ registrationId: names.certificate, provisioning: { method: "x509" } },
        ...{ secret: secretOf(pair), credential: Buffer.from(pair.key) },
      }),
    });
  };

  const openProxySite = () => {
    const symmetricKey = derivedKey(key(3), names.proxy);
    return openSite(names.proxy, {
      room: beyond,
      device: byEnrollment({
        enrollment: { ...common, kind: "group", name: "lines", hub: "hub.invalid", attestation: keys(3) },
        registrationId: names.proxy,
        provisioning: { upstreamProtocol: "MqttWs", httpsProxy: proxy.url },
        trustedCas: [proxyCa.certificatePem],
        ...{ secret: { stringData: { symmetricKey } }, credential: Buffer.from(symmetricKey, "base64") },
      }),
    });
  };

  const daemons = (name: string) => items("pods", ["-n", name, "-l", "app.kubernetes.io/part-of=iotedge"]);
  const otherHub = () => room.fake.hubs[1] ?? room.fake.hub;
  /** Pods of a namespace with the restarts of their containers. @param prefixes of their names; all without */
  async function podsIn(name: string, ...prefixes: readonly string[]): Promise<readonly string[]> {
    const pods = (await items("pods", ["-n", name])).map(({ metadata, status }) => {
      const containers = [...status.containerStatuses, ...(status.initContainerStatuses ?? [])];
      return [metadata.name, metadata.uid, ...containers.map((one) => one.restartCount)].join();
    });
    return pods.filter((text) => prefixes.length === 0 || prefixes.some((prefix) => text.startsWith(prefix))).sort();
  }
  /** Waits until EdgeAgent has found no manifest at another hub: identities of modules do not move with a device. */
  async function isMoved(site: Site, hub: Hub): Promise<void> {
    await site.turnTo(hub);
    await site.reported("that there is no manifest", ({ lastDesiredStatus }) => lastDesiredStatus.code === 417);
    const { stdout } = await site.stack.run(["status"]);
    expect(stdout).toContain(`device ${site.deviceId} of ${hub.hostName}`);
    const events = await kubectlOk(["get", "events", "-n", site.name, "--field-selector", "reason=HubAssigned"]);
    expect(events).toContain(`assigned device ${site.deviceId} to ${hub.hostName} (deviceDataMigrated)`);
  }
  const firstMessage = (hub: Hub, { deviceId }: Site) =>
    waitFor(`a message at ${hub.hostName}`, () =>
      hub.messages.find((one) => one.deviceId === deviceId && one.moduleId === "sensor"),
    );

  it("01 have nothing wrong with their credentials, as edgectl says before anything is deployed", async () => {
    const reached = new Map([
      [sites.key, access.addresses],
      [sites.certificate, access.addresses],
      // Its hub has no address here either.
      [sites.proxy, new Map<string, string>()],
    ]);
    const checks = [...reached].map(async ([site, addresses]) => {
      const { code, stdout, stderr } = await runWithHosts(site.stack, addresses, ["provisioning", "check"]);
      expect(code, `${stdout}${stderr}`).toBe(0);
      const [{ hostName } = { hostName: "" }] = site.room.fake.hubs;
      expect(stdout).toContain(`Device ${site.deviceId} of ${hostName}`);
      expect(stdout).not.toMatch(/^(error|warning|not tried)/m);
    });
    await Promise.all(checks);
  });

  it("02 are deployed, and EdgeAgent connects as the device that the service says", async () => {
    const ups = all().map(async (site) => {
      const up = await site.stack.run(["up", "--engine", "render", "--timeout", "240"]);
      expect(up.code, up.stderr).toBe(0);
      await site.reported("that there is no manifest yet", ({ lastDesiredStatus }) => lastDesiredStatus.code === 417);
      const { stdout } = await site.stack.run(["status"]);
      const place = `device ${site.deviceId} of ${site.room.fake.hub.hostName}`;
      expect(stdout).toMatch(
        new RegExp(`^ {2}${site.name}: connected since \\S+, ${place}, 1 of 1 identities ready$`, "m"),
      );
    });
    await Promise.all(ups);
  });

  it("03 run the modules that a service sets, and edgectl check finds nothing", async () => {
    const runs = all().map(async (site) => {
      await site.setModules(...(site === sites.certificate ? [] : (["sensor"] as const)));
      await site.reported("that they run", ({ modules, systemModules }) =>
        [systemModules.edgeHub, ...Object.values<{ runtimeStatus: string }>(modules)].every(
          (one) => one?.runtimeStatus === "running",
        ),
      );
      const { code, stdout } = await site.stack.run(["check", "-n", site.name]);
      expect(code, stdout).toBe(0);
    });
    await Promise.all(runs);
    expect(await firstMessage(room.fake.hub, sites.key)).toMatchObject({ output: "readings" });
  });

  it("04 follow their enrollment to another hub when iotedged is restarted, with all modules", async () => {
    const site = sites.key;
    const [sensor, agents] = await Promise.all([site.podOf("sensor"), podsIn(site.name, "edgeagent-")]);
    byKey.hub = otherHub().hostName;
    await kubectlOk(["rollout", "restart", "deployment/iotedged", "-n", site.name]);
    await isMoved(site, otherHub());
    expect(await firstMessage(otherHub(), site)).toMatchObject({ output: "readings" });
    expect((await site.podOf("sensor")).metadata.uid).not.toBe(sensor.metadata.uid);
    expect(await podsIn(site.name, "edgeagent-")).toEqual(agents);
    await site.setModules();
    await waitFor("the sensor to go", async () => ((await site.podsOf("sensor")).length === 0 ? true : undefined));
  });

  it("05 go back once that hub refuses them, with their other key, and restart no daemon", async () => {
    const site = sites.key;
    const before = await podsIn(site.name, "iotedged-", "edgeagent-");
    byKey.hub = room.fake.hub.hostName;
    otherHub().registry.deleteDevice(site.deviceId, "*");
    await site.putSecret({ stringData: { symmetricKey: key(2) } });
    await isMoved(site, room.fake.hub);
    expect(await podsIn(site.name, "iotedged-", "edgeagent-")).toEqual(before);
  });

  it("06 take a renewed certificate, which their hub does not know yet, and restart no pod", async () => {
    const site = sites.certificate;
    const before = await podsIn(site.name);
    const { authentication } = room.fake.hub.registry.device(site.deviceId);
    const renewed = await authority.issue({
      commonName: names.certificate,
      notAfter: Date.parse("2049-01-01T00:00:00Z"),
    });
    expect(authentication.x509Thumbprint.primaryThumbprint).not.toBe(renewed.thumbprint);
    await site.putSecret(secretOf(renewed));
    await waitFor("the hub to know it", () => {
      const { x509Thumbprint } = room.fake.hub.registry.device(site.deviceId).authentication;
      return x509Thumbprint.primaryThumbprint === renewed.thumbprint || undefined;
    });
    await site.setModules("sensor");
    await firstMessage(room.fake.hub, site);
    const after = await podsIn(site.name);
    expect(after.filter((text) => !text.startsWith("sensor-"))).toEqual(before);
    for (const pod of (await daemons(site.name)).filter(({ metadata }) => metadata.name.startsWith("iotedged-"))) {
      const path = `/api/v1/namespaces/${site.name}/pods/${pod.metadata.name}:${ports.observability}/proxy/metrics`;
      const end = Date.parse("2049-01-01T00:00:00Z") / 1000;
      expect(await kubectlOk(["get", "--raw", path])).toContain(
        `iotedge_hub_device_certificate_expiry_seconds ${end}\n`,
      );
    }
  });

  it("07 reach hub and service by the proxy alone, by HTTPS and by WebSocket", async () => {
    const site = sites.proxy;
    expect(await site.invoke("$edgeAgent", "ping", null)).toMatchObject({ status: 200 });
    const pods = await daemons(site.name);
    const askedBy = (prefix: string) =>
      pods
        .filter(({ metadata }) => metadata.name.startsWith(prefix))
        .flatMap(({ status }) => proxy.askedBy(status.podIP));
    expect([...new Set(askedBy("iotedged-"))].sort()).toEqual(["dps.invalid:443", "hub.invalid:443"]);
    expect([...new Set(askedBy("edgeagent-"))]).toEqual(["hub.invalid:443"]);
    await waitFor("each connection to be one of the proxy", () => proxy.asked.length === connections || undefined);
    const logs = await kubectlOk(["logs", "deployment/edgehub", "-n", site.name, "-c", "edgehub"]);
    expect(logs).toContain('{"event":"upstream","moduleId":"sensor","state":"waiting"');
    expect(beyond.fake.hub.messages).toEqual([]);
  });

  it("08 keep what they prove themselves by in their Secrets alone, and leave no rule of IoT Hub broken", async () => {
    for (const { name, credential } of all()) {
      const objects = await kubectlOk(["get", "configmaps,deployments,pods,events", "-n", name, "-o", "json"]);
      const logs = await kubectlOk(["logs", "-n", name, "-l", "app.kubernetes.io/part-of=iotedge", "--tail=-1"]);
      expect(logs).toContain('"the hub"');
      const texts = Object.entries({ objects, logs }).map(([file, text]) => [file, Buffer.from(text)] as const);
      const traces = new Map([...(await tracesOfSecrets(name)), ["the first credential", tracesOf(credential)]]);
      expect(leaksIn(texts, traces)).toEqual([]);
    }
    for (const { fake } of [room, beyond]) fake.journal.expectNoViolations();
  });
});
