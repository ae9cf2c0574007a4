import { createHmac } from "node:crypto";
import { Random } from "../../infra/rollout/scheduler/test/random.ts";
import {
  createDeviceConnections,
  createDeviceRegistry,
  createModuleConnection,
  type DeviceRegistry,
  type ModuleConnection,
  openLink,
  parseConnectionString,
  sasToken,
  stringToSign,
} from "../../runtime/iot-hub/index.ts";
import { createIdentityKeeper, type IdentityKeeper } from "../../runtime/iotedged/hub/identity-keeper.ts";
import { FakeClock, settle } from "../fakes/clock.ts";
import { type FakeIotHub, type JournalEntry, type Port, startFakeIotHub } from "../iot-hub/index.ts";
import { connectionStringOf } from "../iot-hub/judges/connection-string.ts";
import { connectTo } from "./hub-connection.ts";
import { listenToAll } from "./hub-port.ts";

/**
 * Devices of one fake IoT Hub, each with iotedged's keeper of identities and EdgeAgent's connection. The calls are made, by
 * TLS to this machine; time is simulated, and stands still while a call is under way.
 */
export interface HubFleet {
  readonly fake: FakeIotHub;
  readonly clock: FakeClock;
  /** Devices that are connected as `$edgeAgent`. */
  connected(): number;
  /** Modules of all devices, by what their keepers say of them. */
  identities(state: string): number;
  /** Calls to the registry since a time of the clock, as the fake has written them down. */
  calls(since?: number): readonly JournalEntry[];
  /**
   * From now on each device has something to look at every second, as Kubernetes tells it of modules that come and go, and
   * one module more every 30 s that needs another key.
   */
  stir(): void;
  /** When TCP connections to port 8883 were made, by the clock. */
  readonly attempts: readonly number[];
  pass(milliseconds: number): Promise<void>;
  /** Lets time pass until something is so. @returns milliseconds that it took @throws after `limit` */
  passUntil(what: string, is: () => boolean, limit: number): Promise<number>;
  close(): Promise<void>;
}

export interface HubFleetOptions {
  readonly devices: number;
  /** Of each device, with `$edgeAgent` and `$edgeHub`. */
  readonly modules: number;
  /** What the hub takes of all its devices; a unit of tier S1 has 100. */
  readonly operationsPerMinute: number;
}

/** Milliseconds by which time goes on. */
const step = 100;
const stirEvery = 1000;
const changeEvery = 30;
const keyOf = (device: number, module: number, which: number) => {
  const bytes = Buffer.alloc(32, which);
  bytes.writeUInt32BE(device * 1000 + module);
  return bytes.toString("base64");
};
const idOf = (module: number) => ["$edgeAgent", "$edgeHub"][module] ?? `module-${module}`;

export async function startHubFleet({ devices, modules, operationsPerMinute }: HubFleetOptions): Promise<HubFleet> {
  const clock = new FakeClock();
  const fake = await startFakeIotHub({ clock, switches: { registryOperationsPerMinute: operationsPerMinute } });
  const attempts: number[] = [];
  const ports = {
    https: await fake.listen("https"),
    mqtt: await listenToAll(fake, "mqtt", () => attempts.push(clock.now())),
  };
  const chance = new Random(1);
  const random = () => chance.next();
  const members = Array.from({ length: devices }, (_, index) =>
    startDevice({ fake, clock, ports, random, device: index, modules }),
  );
  const busy = () => members.some((one) => one.busy());

  async function pass(milliseconds: number): Promise<void> {
    const end = clock.now() + milliseconds;
    while (clock.now() < end) {
      await clock.advance(Math.min(step, end - clock.now()));
      while (busy()) await settle();
    }
  }

  return {
    ...{ fake, clock, attempts, pass },
    stir: () => {
      for (const one of members) one.stir();
    },
    connected: () => members.filter((one) => one.connected()).length,
    identities: (state) => members.reduce((sum, one) => sum + one.identities(state), 0),
    calls: (since = 0) => fake.journal.entries.filter(({ channel, time }) => channel === "https" && time >= since),
    passUntil: async (what, is, limit) => {
      const begun = clock.now();
      while (!is()) {
        if (clock.now() - begun > limit) throw new Error(`${limit / 1000} s were not enough for ${what}`);
        await pass(1000);
      }
      return clock.now() - begun;
    },
    close: async () => {
      for (const { stop } of members) await stop();
      await fake.close();
    },
  };
}

/** Times at which the most entries are within so many milliseconds. */
export function mostWithin(times: readonly number[], milliseconds: number): number {
  const sorted = times.toSorted((one, other) => one - other);
  let most = 0;
  let first = 0;
  for (const [index, time] of sorted.entries()) {
    while (time - (sorted[first] ?? time) >= milliseconds) first++;
    most = Math.max(most, index - first + 1);
  }
  return most;
}

function startDevice(options: {
  readonly fake: FakeIotHub;
  readonly clock: FakeClock;
  readonly ports: Readonly<Record<Port, number>>;
  readonly random: () => number;
  readonly device: number;
  readonly modules: number;
}) {
  const { fake, clock, ports, random, device } = options;
  const deviceId = `line-${device}`;
  const underWay = new Set<Promise<unknown>>();
  const tracked = <T>(call: Promise<T>): Promise<T> => {
    underWay.add(call);
    const done = () => underWay.delete(call);
    call.then(done, done);
    return call;
  };
  fake.hub.registry.putDevice(deviceId, { deviceId, capabilities: { iotEdge: true } }, undefined);
  const credential = parseConnectionString(connectionStringOf(fake.hub, deviceId));
  if ("reason" in credential) throw new Error(credential.reason);
  const wantedOf = (module: number, which = 1) => ({
    ...{ moduleId: idOf(module), generationId: String(which) },
    keys: { primary: keyOf(device, module, which), secondary: keyOf(device, module, which + 1) },
  });
  const wanted = Array.from({ length: options.modules }, (_, module) => wantedOf(module));
  const states = new Map<string, number>();
  const connections = createDeviceConnections(connectTo(ports.https), { ca: [fake.caPem] });
  const registry = createDeviceRegistry({
    ...{ hubHostname: fake.hub.hostName, deviceId, credentials: () => [credential.credential], connections, clock },
    ...{ ending: new AbortController().signal, onAnswer: () => {} },
  });
  const calls: DeviceRegistry = {
    list: () => tracked(registry.list()),
    put: (...args) => tracked(registry.put(...args)),
    remove: (...args) => tracked(registry.remove(...args)),
  };
  const keeper: IdentityKeeper = createIdentityKeeper({
    ...{ leads: () => true, wanted: () => wanted, gone: { ids: new Set(), forget: () => {} }, registry: calls },
    ...{ clock, random, onCall: () => {}, onError: (error) => Promise.reject(error) },
    onIdentities: (identities) => {
      states.clear();
      for (const { state } of identities) states.set(state, (states.get(state) ?? 0) + 1);
    },
  });
  const agent = startAgent({ fake, clock, random, port: ports.mqtt, deviceId, key: keyOf(device, 0, 1) });
  keeper.trigger();
  let seconds = 0;
  let isStopped = false;
  function stir(): void {
    if (isStopped) return;
    seconds++;
    const changed = 2 + ((seconds / changeEvery) % (options.modules - 2));
    if (Number.isInteger(changed)) wanted[changed] = wantedOf(changed, 2 + (seconds % 200));
    keeper.trigger();
    clock.after(stirEvery, stir);
  }
  return {
    stir,
    busy: () => underWay.size > 0 || agent.busy(),
    connected: agent.connected,
    identities: (state: string) => states.get(state) ?? 0,
    stop: async () => {
      isStopped = true;
      await Promise.all([keeper.stop(), agent.stop()]);
      await connections.close();
    },
  };
}

function startAgent(options: {
  readonly fake: FakeIotHub;
  readonly clock: FakeClock;
  readonly random: () => number;
  readonly port: number;
  readonly deviceId: string;
  readonly key: string;
}) {
  const { fake, clock, random, port, deviceId, key } = options;
  let state = "";
  const token = async (audience: string, expiry: number) => {
    const data = stringToSign(audience, expiry);
    return sasToken({
      audience,
      expiry,
      signature: createHmac("sha256", Buffer.from(key, "base64")).update(data).digest("base64"),
    });
  };
  const connection: ModuleConnection = createModuleConnection({
    ...{ moduleId: "$edgeAgent", productInfo: "EdgeAgent/1.0", open: openLink, clock, random },
    identify: async () => {
      // As iotedged answers EdgeAgent.
      const { primaryKey } = fake.hub.registry.module(deviceId, "$edgeAgent").authentication.symmetricKey;
      if (primaryKey !== key) throw new Error("the hub does not have EdgeAgent's key yet");
      return { hubHostname: fake.hub.hostName, deviceId, token };
    },
    target: { address: "127.0.0.1", port, trustedCas: [fake.caPem] },
    onTwin: () => {},
    onMethod: async () => ({ status: 200, payload: null }),
    onState: ({ type }) => {
      state = type;
    },
  });
  connection.start();
  return { busy: () => state === "connecting", connected: () => state === "connected", stop: connection.stop };
}
