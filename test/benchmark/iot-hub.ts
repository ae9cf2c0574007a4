/**
 * What connected installations ask of IoT Hub: 20 devices of 50 modules each that begin at once, idle, are cut off for ten
 * minutes while modules change, and share a hub that takes 100 operations a minute; and the sample's hub under load meanwhile.
 *
 * The hub is the tests' fake, which counts by its journal, and everything goes by TLS to this machine. Time is simulated.
 */
import { type HubFleet, mostWithin, startHubFleet } from "../support/hub-fleet.ts";
import { progress } from "../support/progress.ts";
import { measureBridge } from "./iot-hub/bridge.ts";

const second = 1000;
const minute = 60 * second;
const [devices, modules] = [20, 50];
const all = devices * modules;
const outageMinutes = 10;
const limits = {
  /** Of one device. */
  writesASecond: 1,
  idleCallsAMinute: 0.25,
  /** Of one device in its busiest minute, after the first. */
  outageCallsAMinute: 8,
  outageConnectionsAMinute: 8,
  bridgeAttemptsAMinute: 4,
  secondsToBeBack: 60,
  lost: 0,
} as const;

const roomy = await withFleet(2000, async (fleet) => ({
  registration: await register(fleet),
  idle: await idle(fleet),
  outage: await outage(fleet),
}));
const oneUnit = await withFleet(100, register);
progress("The sample's hub: a module's messages while IoT Hub is away");
const bridge = await measureBridge(outageMinutes * 60);
const result = { devices, modules, ...roomy, oneUnit, bridge, limits, passed: isWithin() };
process.stdout.write(process.argv.includes("--json") ? `${JSON.stringify(result, null, 2)}\n` : describe());
if (!result.passed) process.exitCode = 1;

async function withFleet<T>(operationsPerMinute: number, work: (fleet: HubFleet) => Promise<T>): Promise<T> {
  progress(`${devices} devices of ${modules} modules, and a hub that takes ${operationsPerMinute} operations a minute`);
  const fleet = await startHubFleet({ devices, modules, operationsPerMinute });
  try {
    const figures = await work(fleet);
    fleet.fake.journal.expectNoViolations();
    return figures;
  } finally {
    await fleet.close();
  }
}

async function register(fleet: HubFleet) {
  const isReady = () => fleet.identities("ready") === all && fleet.connected() === devices;
  const took = await fleet.passUntil("the identities", isReady, 30 * minute);
  const calls = fleet.calls();
  const writes = calls.filter(({ what }) => what.startsWith("PUT"));
  return {
    seconds: took / second,
    calls: calls.length,
    writes: writes.filter(({ outcome }) => outcome === "200").length,
    throttled: calls.filter(({ outcome }) => outcome === "429").length,
    writesASecondOfADevice: mostOfADevice(writes, second),
    writesASecond: most(writes, second),
    callsASecond: most(calls, second),
    callsAMinute: most(calls, minute),
  };
}

async function idle(fleet: HubFleet) {
  const [begun, minutes] = [fleet.clock.now() + 1, 20];
  await fleet.pass(minutes * minute);
  const calls = fleet.calls(begun);
  return {
    minutes,
    callsAMinuteOfADevice: calls.length / devices / minutes,
    writes: calls.filter(({ what }) => !what.startsWith("GET")).length,
    callsASecond: most(calls, second),
  };
}

async function outage(fleet: HubFleet) {
  const cut = fleet.clock.now();
  fleet.stir();
  fleet.fake.hub.faults.away = true;
  await fleet.pass(outageMinutes * minute);
  const calls = fleet.calls(cut).filter(({ time }) => time > cut + minute);
  const attempts = fleet.attempts.filter((time) => time > cut + minute);
  const back = fleet.clock.now();
  fleet.fake.hub.faults.away = false;
  const connected = await fleet.passUntil("the connections", () => fleet.connected() === devices, 5 * minute);
  const ready = await fleet.passUntil("the identities", () => fleet.identities("ready") === all, 5 * minute);
  const after = fleet.calls(back);
  const writes = after.filter(({ what }) => what.startsWith("PUT"));
  const firstCalls = [...Map.groupBy(after, ({ who }) => who).values()].map(([call]) => (call?.time ?? 0) - back);
  return {
    minutes: outageMinutes,
    callsAMinuteOfADevice: calls.length / devices / (outageMinutes - 1),
    callsInTheBusiestMinuteOfADevice: mostOfADevice(calls, minute),
    connectionsAMinuteOfADevice: attempts.length / devices / (outageMinutes - 1),
    connectionsInTheBusiestMinute: most(
      attempts.map((time) => ({ time })),
      minute,
    ),
    secondsToCall: Math.max(...firstCalls) / second,
    secondsToBeConnected: connected / second,
    secondsToHaveAllKeys: (connected + ready) / second,
    writesASecondOfADevice: mostOfADevice(writes, second),
    callsASecond: most(after, second),
  };
}

function most(calls: readonly { readonly time: number }[], milliseconds: number): number {
  return mostWithin(
    calls.map(({ time }) => time),
    milliseconds,
  );
}

/** Of the busiest one: who is cut off has no name in the journal, but the path has. */
function mostOfADevice(
  calls: readonly { readonly time: number; readonly what: string }[],
  milliseconds: number,
): number {
  const own = Map.groupBy(calls, ({ what }) => what.split("/")[2]);
  return Math.max(0, ...[...own.values()].map((one) => most(one, milliseconds)));
}

function isWithin(): boolean {
  const { registration, idle: rest, outage: away } = roomy;
  const perSecond = [registration, oneUnit, away].map((one) => one.writesASecondOfADevice);
  return (
    Math.max(...perSecond) <= limits.writesASecond &&
    rest.writes === 0 &&
    rest.callsAMinuteOfADevice <= limits.idleCallsAMinute &&
    away.callsInTheBusiestMinuteOfADevice <= limits.outageCallsAMinute &&
    away.connectionsInTheBusiestMinute / devices <= limits.outageConnectionsAMinute &&
    bridge.attemptsAMinute <= limits.bridgeAttemptsAMinute &&
    Math.max(away.secondsToCall, away.secondsToBeConnected, bridge.secondsToBeBack) <= limits.secondsToBeBack &&
    bridge.lost + bridge.outOfOrder <= limits.lost
  );
}

function describe(): string {
  const { registration, idle: rest, outage: away } = roomy;
  const lines = [
    `${devices} devices of ${modules} modules begin at once: ${registration.writes} writes in ${registration.seconds} s, at most ` +
      `${registration.writesASecondOfADevice} a second of a device (limit ${limits.writesASecond}), ${registration.writesASecond} a ` +
      `second and ${registration.callsAMinute} calls a minute of all`,
    `at a hub that takes 100 operations a minute: ${oneUnit.writes} writes in ${oneUnit.seconds} s, ${oneUnit.calls} calls, of which ` +
      `${oneUnit.throttled} were throttled, at most ${oneUnit.callsAMinute} a minute and ${oneUnit.callsASecond} a second of all`,
    `idle: ${rest.callsAMinuteOfADevice.toFixed(2)} calls a minute of a device (limit ${limits.idleCallsAMinute}), ${rest.writes} writes`,
    `cut off for ${away.minutes} min while modules change: ${away.callsAMinuteOfADevice.toFixed(1)} calls a minute of a device, at most ` +
      `${away.callsInTheBusiestMinuteOfADevice} (limit ${limits.outageCallsAMinute}); ${away.connectionsAMinuteOfADevice.toFixed(1)} ` +
      `connections a minute of an EdgeAgent, at most ${(away.connectionsInTheBusiestMinute / devices).toFixed(1)} (limit ` +
      `${limits.outageConnectionsAMinute})`,
    `back: all iotedged after ${away.secondsToCall} s, all EdgeAgents after ${away.secondsToBeConnected} s (limit ${limits.secondsToBeBack} s), all keys after ` +
      `${away.secondsToHaveAllKeys} s, at most ${away.callsASecond} calls a second of all`,
    `the sample's hub, ${bridge.modules} modules: ${bridge.messages} messages, ${bridge.lost} lost (limit ${limits.lost}), ` +
      `${bridge.outOfOrder} out of order, ${bridge.twice} twice; at most ${bridge.attemptsAMinute} attempts a minute of a module (limit ` +
      `${limits.bridgeAttemptsAMinute}), back after ${bridge.secondsToBeBack} s`,
  ];
  return `${lines.join("\n")}\n`;
}
