import type { Clock, EdgeError } from "#base";
import { type IotedgedSettings, systemModuleIds } from "#contract";
import {
  type AnswerSeen,
  type ConnectHttps,
  certificateProblem,
  createDeviceConnections,
  createDeviceRegistry,
  credentialKeys,
  type DevicePlace,
  type HubFailure,
  type HubResult,
  type LinkOptions,
  type OpenLink,
  placeOf,
  readCredential,
  registerDevice,
} from "#iot-hub";
import type { SecretData } from "./read-secret.ts";
import type { ProvisioningResult } from "./report.ts";

/** What the device is to be, what it proves itself by, and how hubs are reached. */
export interface DeviceCheckOptions {
  readonly settings: Pick<IotedgedSettings, "hubHostname" | "deviceId" | "provisioning">;
  readonly secret: SecretData;
  readonly connect: ConnectHttps;
  readonly open: OpenLink;
  /** Where MQTT goes instead; in tests. */
  readonly target?: Pick<LinkOptions, "address" | "port">;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface DeviceFindings {
  readonly place: DevicePlace | undefined;
  readonly checks: readonly ProvisioningResult[];
}

/** Milliseconds of a clock that are still taken, and worth a word. */
const noticedSkew = 30_000;

/**
 * Tries the way of iotedged and EdgeAgent to the hub, link by link, by the same code. With a provisioning service this
 * registers the device, as iotedged would. A device that is connected stays so.
 */
export async function checkDevice(options: DeviceCheckOptions): Promise<DeviceFindings> {
  const { settings, secret, clock, signal } = options;
  const { provisioning } = settings;
  const keys = credentialKeys(settings);
  const { credentials, problem } = readCredential(
    keys.map((key) => secret[key] ?? ""),
    settings,
  );
  const format = problem ?? certificateProblem(credentials, clock.now());
  const isAssigned = provisioning?.registration !== undefined;
  if (format !== undefined) {
    const found = {
      ...wrong("credential-format", format),
      evidence: [format.code, ...misnamed(keys, secret)].join("; "),
    };
    return { place: undefined, checks: [found, ...untried(isAssigned, 0)] };
  }
  const first = fine("credential-format", "the Secret has a credential of the device");
  const { trustedCas: ca = [], proxy } = provisioning ?? {};
  const connections = createDeviceConnections(options.connect, { ca, proxy });
  let skew: number | undefined;
  const onAnswer = ({ aheadBy }: AnswerSeen) => {
    skew = aheadBy;
  };
  const calling = { credentials: () => credentials, connections, clock, ending: signal, onAnswer };
  try {
    const found = await findPlace();
    if (found.place === undefined) return { ...found, checks: [first, ...found.checks, ...untried(isAssigned, 1)] };
    const listed = await createDeviceRegistry({ ...found.place, ...calling }).list();
    const hub = linkResults("hub", found.place.hubHostname, listed, skew);
    const rest =
      "failure" in listed ? untried(isAssigned, 2) : [edgeDevice(listed.value), await mqtt(options, found.place)];
    return { place: found.place, checks: [first, ...found.checks, ...hub, ...rest] };
  } finally {
    await connections.close();
  }

  async function findPlace(): Promise<DeviceFindings> {
    const registration = provisioning?.registration;
    if (registration === undefined) return { place: placeOf(settings), checks: [] };
    const result = await registerDevice({ ...registration, ...calling });
    const checks = linkResults("service", new URL(registration.globalEndpoint).host, result, skew);
    return { place: "failure" in result ? undefined : placeOf(result.value), checks };
  }
}

const mostNames = 5;

/** What the Secret has in place of a key that is needed. */
function misnamed([needed = ""]: readonly string[], secret: SecretData): readonly string[] {
  const names = Object.keys(secret);
  if (Object.hasOwn(secret, needed)) return [];
  return [names.length === 0 ? "the Secret is empty" : `the Secret has ${names.slice(0, mostNames).join(", ")}`];
}

/** The links to a hub or a service, in the order in which they are needed. */
const links = ["reach", "trust", "clock", "accepts"] as const;
type LinkName = (typeof links)[number];

/** Which link a failure is of; what comes before it holds. */
const brokenLink: Readonly<Record<HubFailure["kind"], LinkName>> = {
  away: "reach",
  untrusted: "trust",
  clock: "clock",
  ...{ refused: "accepts", stale: "accepts", throttled: "accepts", unauthorized: "accepts", unreadable: "reach" },
};

const holds: Readonly<Record<LinkName, string>> = {
  reach: "is reached from this machine",
  trust: "has a certificate that is trusted",
  clock: "has the time that this machine has",
  accepts: "takes the credential",
};

function linkResults(
  subject: "hub" | "service",
  name: string,
  result: HubResult<unknown>,
  skew: number | undefined,
): readonly ProvisioningResult[] {
  const broken = "failure" in result ? links.indexOf(brokenLink[result.failure.kind]) : links.length;
  return links.map((link, index) => {
    const id = `${subject}-${link}`;
    if (index > broken) return notTried(id);
    if (index === broken && "failure" in result) return wrong(id, result.failure.error);
    if (link !== "clock" || skew === undefined || Math.abs(skew) < noticedSkew)
      return fine(id, `${name} ${holds[link]}`);
    const evidence = `${Math.round(skew / 1000)} s ahead`;
    const fix = "Set the clock, by NTP; a hub refuses tokens of a clock that is off by minutes.";
    return { id, severity: "warning", message: "this machine's clock is off", evidence, fix };
  });
}

function edgeDevice(modules: readonly { readonly moduleId: string }[]): ProvisioningResult {
  const id = "edge-device";
  const own = Object.values(systemModuleIds).filter((name) => modules.some(({ moduleId }) => moduleId === name));
  if (own.length === Object.values(systemModuleIds).length)
    return fine(id, "the device is one of IoT Edge", `${modules.length} identities of modules`);
  return {
    ...{ id, severity: "error", message: "the device is not one of IoT Edge: $edgeAgent or $edgeHub is missing" },
    evidence: `${modules.length} identities of modules`,
    fix: "Make the device, or its enrollment, anew with `--edge-enabled`.",
  };
}

/** A token that nobody has signed is refused by whoever answers: the way is there, and nobody is cut off. */
async function mqtt({ settings, open, target, signal }: DeviceCheckOptions, place: DevicePlace) {
  const id = "mqtt-reach";
  const { hubHostname: host, deviceId } = place;
  const { trustedCas = [], upstreamProtocol, proxy } = settings.provisioning ?? {};
  const webSocket = upstreamProtocol === "MqttWs";
  const clientId = `${deviceId}/${systemModuleIds.edgeAgent}`;
  const username = `${host}/${clientId}/?api-version=2021-04-12`;
  const token = "SharedAccessSignature sr=none&sig=none&se=1";
  try {
    const link = await open(
      { ...target, host, trustedCas, webSocket, proxy, clientId, username, password: token },
      signal,
    );
    await link.end();
  } catch (error) {
    const { code } = error as EdgeError;
    if (code !== "EDGE_HUB_CONNECTION_UNAUTHORIZED") return wrong(id, error as EdgeError);
  }
  return fine(id, `${host} is reached by ${webSocket ? "MQTT over WebSocket" : "MQTT"} from this machine`);
}

/** What is left where something is wrong. @param done groups of checks that were made */
function untried(isAssigned: boolean, done: number): readonly ProvisioningResult[] {
  const groups = [
    isAssigned ? links.map((link) => `service-${link}`) : [],
    links.map((link) => `hub-${link}`),
    ["edge-device", "mqtt-reach"],
  ];
  return groups.slice(done).flat().map(notTried);
}

function fine(id: string, message: string, evidence = ""): ProvisioningResult {
  return { id, severity: "ok", message, evidence, fix: "" };
}

function notTried(id: string): ProvisioningResult {
  return { id, severity: "unknown", message: "not tried", evidence: "", fix: "" };
}

function wrong(id: string, { code, message, remedy }: EdgeError): ProvisioningResult {
  return { id, severity: "error", message, evidence: code, fix: remedy };
}
