import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { openMessageStore } from "../../../runtime/sample-module/hub/upstream/message-store.ts";
import { createUpstream, type Upstream } from "../../../runtime/sample-module/hub/upstream/upstream.ts";
import { FakeClock, settle } from "../../fakes/clock.ts";
import { createSasToken, type FakeIotHub, startFakeIotHub } from "../../iot-hub/index.ts";
import { mostWithin } from "../../support/hub-fleet.ts";

/** What became of the messages that modules sent through the sample's hub. */
export interface BridgeFigures {
  readonly modules: number;
  readonly outageSeconds: number;
  /** Acknowledged to the modules. */
  readonly messages: number;
  readonly lost: number;
  readonly outOfOrder: number;
  readonly twice: number;
  /** Connections to IoT Hub that were tried for a module in the busiest minute, but for the first after the cut and the restart. */
  readonly attemptsAMinute: number;
  /** Simulated seconds from when IoT Hub was there again until all modules were connected. */
  readonly secondsToBeBack: number;
}

const [modules, messagesASecond] = [5, 2];
const second = 1000;
const key = Buffer.alloc(32, 1).toString("base64");
const deviceId = "line-1";
const idOf = (module: number) => `module-${module}`;

/**
 * Modules send while IoT Hub is cut off, and cuts their connections in the midst of messages before and after; the sample's
 * hub begins anew in the middle of it with what it has on the disk. Time is simulated, the disk and the network are not.
 */
export async function measureBridge(outageSeconds: number): Promise<BridgeFigures> {
  const clock = new FakeClock();
  const fake = await startFakeIotHub({ clock });
  const folder = await mkdtemp(join(tmpdir(), "edge-benchmark-"));
  const port = await fake.listen("mqtt");
  declareModules(fake);
  const attempts: number[] = [];
  let upstream = await begin();
  let sent = 0;

  async function begin(): Promise<Upstream> {
    const store = openMessageStore({ folder, maxBytes: 64e6, maxAge: 7200 * second, clock }, () => {});
    const made = createUpstream({
      ...{ device: { hubHostname: fake.hub.hostName, deviceId }, store, clock, random: Math.random, log: () => {} },
      open: () => {
        attempts.push(clock.now());
        return connect({ port, host: "127.0.0.1", servername: fake.hub.hostName, ca: fake.caPem });
      },
    });
    for (let module = 0; module < modules; module++) joinModule(made, module);
    return made;
  }

  function joinModule(made: Upstream, module: number): void {
    const moduleId = idOf(module);
    const expiry = clock.now() + 3600 * second;
    const resource = `${fake.hub.hostName}/devices/${deviceId}/modules/${moduleId}`;
    const claim = {
      clientId: `${deviceId}/${moduleId}`,
      userName: `${fake.hub.hostName}/${deviceId}/${moduleId}/?api-version=2019-10-01`,
      password: createSasToken({ resource, key, expiry: expiry / second }),
    };
    made.joined({ moduleId, expiry }, claim, { deliver: () => {} }, []);
  }

  const states = () => upstream.status().modules.map(({ state }) => state);
  async function pass(seconds: number, isLoaded: boolean): Promise<void> {
    for (let passed = 0; passed < seconds * messagesASecond; passed++) {
      await clock.advance(second / messagesASecond);
      while (states().includes("connecting")) await settle();
      if (!isLoaded) continue;
      const text = Buffer.from(String(sent++));
      await Promise.all(Array.from({ length: modules }, (_, module) => upstream.accept(idOf(module), "", text)));
    }
  }
  try {
    await pass(30, true);
    fake.hub.faults.inject("telemetry", { cut: true, kept: true }, modules);
    await pass(30, true);
    const cut = clock.now();
    fake.hub.faults.away = true;
    await pass(outageSeconds / 2, true);
    upstream.close();
    const restarted = clock.now();
    upstream = await begin();
    await pass(outageSeconds / 2, true);
    const back = clock.now();
    fake.hub.faults.away = false;
    fake.hub.faults.inject("telemetry", { cut: true, kept: false }, modules);
    while (!states().every((state) => state === "up")) await pass(1, false);
    const secondsToBeBack = (clock.now() - back) / second;
    while (upstream.status().waiting > 0) {
      if (!states().every((state) => state === "up")) await pass(1, false);
      else await settle();
    }
    fake.journal.expectNoViolations();
    const minute = 60 * second;
    const isSteady = (time: number) =>
      time >= cut + minute && time < back && (time < restarted || time >= restarted + minute);
    const steady = attempts.filter(isSteady);
    return {
      ...{ modules, outageSeconds, messages: sent * modules, ...judge(fake, sent) },
      attemptsAMinute: Math.ceil(mostWithin(steady, minute) / modules),
      secondsToBeBack,
    };
  } finally {
    upstream.close();
    await fake.close();
    await rm(folder, { recursive: true });
  }
}

function declareModules({ hub: { registry } }: FakeIotHub): void {
  registry.putDevice(deviceId, { deviceId, capabilities: { iotEdge: true } }, undefined);
  const authentication = { type: "sas", symmetricKey: { primaryKey: key, secondaryKey: key } };
  for (let module = 0; module < modules; module++) {
    const moduleId = idOf(module);
    registry.putModule(deviceId, moduleId, { deviceId, moduleId, managedBy: "IotEdge", authentication }, undefined);
  }
}

function judge({ hub }: FakeIotHub, sent: number): Pick<BridgeFigures, "lost" | "outOfOrder" | "twice"> {
  let [lost, outOfOrder, twice] = [0, 0, 0];
  for (let module = 0; module < modules; module++) {
    const own = hub.messages
      .filter(({ moduleId }) => moduleId === idOf(module))
      .map(({ body }) => Number(body.toString()));
    const first = [...new Set(own)];
    lost += sent - first.length;
    twice += own.length - first.length;
    outOfOrder += first.filter((number, index) => index > 0 && number < (first[index - 1] ?? 0)).length;
  }
  return { lost, outOfOrder, twice };
}
