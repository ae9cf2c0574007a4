import { type DeviceIdentity, groups, keyNames, type Obstacle, readDeviceIdentity } from "./device-identity.ts";
import { makeSecretStep } from "./device-secret.ts";
import { convertDockerMode, here } from "./docker-mode.ts";
import type { SourceDocument } from "./document.ts";
import { type Draft, emptyDraft, note, type Rule, separator, set, tell } from "./draft.ts";

/**
 * Reads a device's configuration as that of an installation which takes the device's place in IoT Hub; where it cannot, as that of
 * one which stands alone, with the reason as a finding.
 */
export function convertConnected(document: SourceDocument, namespace: string): Draft {
  const draft = emptyDraft();
  const identity = readDeviceIdentity(document);
  if ("message" in identity) {
    convertDockerMode(document, draft);
    tellObstacle(document, identity, draft);
    return draft;
  }
  const place = { name: `${namespace}-device`, namespace };
  convertDockerMode(document, draft, connectedRules(document, identity, makeSecretStep(document, identity, place)));
  draft.installation.set(`provisioning${separator}existingSecret`, place.name);
  return draft;
}

/** Whether the stack that is made of it has `provisioning`. */
export const isConnected = ({ installation }: Draft) => installation.has(`provisioning${separator}existingSecret`);

function tellObstacle(document: SourceDocument, { path, message, fix }: Obstacle, draft: Draft): void {
  const place = `${document.file}:${document.lineOf(path) ?? 1} ${path.join(".")}`;
  tell(draft, "not-connected", "error", `this stack is not connected: ${message}`, place, fix);
}

type Take = Rule["take"];
const both =
  (...takes: readonly Take[]): Take =>
  (leaf, draft) => {
    for (const take of takes) take(leaf, draft);
  };

/** What is read in another way than for a stack that stands alone. */
function connectedRules(document: SourceDocument, identity: DeviceIdentity, step: string): readonly Rule[] {
  const { source, proof } = identity;
  const names = keyNames[document.format];
  const group = groups[source];
  const secret = note(
    "device-secret",
    "warning",
    "what the device proves itself by is not written anywhere; iotedged takes it of a Secret",
    step,
  );
  return [
    { path: "provisioning.source", take: both(set("provisioning.source"), moved[document.format]) },
    ...(proof.kind === "connection string"
      ? [{ path: proof.path.join("."), take: both(placeOfDevice(identity), secret) }]
      : [
          { path: `${group}.method`, take: set("provisioning.method") },
          { path: proof.path.join("."), take: secret },
          { path: `${group}.identity_cert`, take: proof.kind === "certificate" ? inSecret : here },
          ...(source === "dps" ? dpsRules(names.idScope) : manualRules(names)),
        ]),
    // What is left belongs to another way to the hub.
    { path: "provisioning", take: here },
    { path: "agent.env.UpstreamProtocol", take: upstreamProtocol },
    ...proxyRules(document),
  ];
}

const inSecret: Take = ({ place }, draft) => {
  draft.converted.push({ from: place, to: "provisioning.existingSecret" });
};

const placeOfDevice =
  (identity: DeviceIdentity): Take =>
  (leaf, draft) => {
    if (identity.source !== "manual") return;
    set("hubHostname")({ ...leaf, value: identity.hubHostname }, draft);
    set("deviceId")({ ...leaf, value: identity.deviceId }, draft);
  };

const twoOfThem = (command: string) =>
  note(
    "one-device",
    "warning",
    "the machine and the installation cannot be the device at the same time: they cut each other off",
    `Before \`up\`, on the machine: ${command}`,
  );
const moved = {
  toml: twoOfThem("sudo iotedge system stop"),
  yaml: twoOfThem("sudo systemctl stop iotedge"),
} as const;

const reprovisioningModes = set("provisioning.autoReprovisioningMode", /^(Dynamic|AlwaysOnStartup)$/);
const onErrorOnly = note(
  "reprovisioning-mode",
  "info",
  "there is no OnErrorOnly: the service is asked again where the hub refuses the device",
);
const manualRules = ({ hub, device }: { readonly hub: string; readonly device: string }): readonly Rule[] => [
  { path: `provisioning.${hub}`, take: set("hubHostname") },
  { path: `provisioning.${device}`, take: set("deviceId") },
];
const dpsRules = (idScope: string): readonly Rule[] => [
  { path: `provisioning.${idScope}`, take: set("provisioning.idScope") },
  { path: "provisioning.attestation.registration_id", take: set("provisioning.registrationId") },
  {
    path: "provisioning.global_endpoint",
    take: set(
      "provisioning.globalEndpoint",
      /^https:\/\/[A-Za-z0-9]([A-Za-z0-9.-]{0,250}[A-Za-z0-9])?(:[0-9]{1,5})?\/?$/,
    ),
  },
  {
    path: "auto_reprovisioning_mode",
    take: (leaf, draft) => (leaf.value === "OnErrorOnly" ? onErrorOnly : reprovisioningModes)(leaf, draft),
  },
  {
    path: "provisioning.always_reprovision_on_startup",
    take: (leaf, draft) =>
      (leaf.value === true ? set("provisioning.autoReprovisioningMode", /^true$/, () => "AlwaysOnStartup") : here)(
        leaf,
        draft,
      ),
  },
  {
    path: "provisioning.payload",
    take: note(
      "dps-payload",
      "warning",
      "the provisioning service gets no payload",
      "An enrollment with a webhook that reads it needs another allocation policy.",
    ),
  },
];

const protocols: Readonly<Record<string, string>> = { mqtt: "Mqtt", mqttws: "MqttWs", amqp: "Mqtt", amqpws: "MqttWs" };
const noAmqp = note(
  "upstream-protocol",
  "warning",
  "there is no AMQP: EdgeAgent speaks MQTT, at port 8883, in place of Amqp, and MqttWs, at port 443, in place of AmqpWs",
  "Have port 8883 opened where it was Amqp, or write upstreamProtocol: MqttWs.",
);
const upstreamProtocol: Take = (leaf, draft) => {
  set(
    "provisioning.upstreamProtocol",
    /^(mqtt|amqp)(ws)?$/i,
    (text) => protocols[text.toLowerCase()] ?? "Mqtt",
  )(leaf, draft);
  if (/^amqp/i.test(String(leaf.value))) noAmqp(leaf, draft);
};

/** Without a password, as settings are readable. */
const proxyUrl = /^https?:\/\/[A-Za-z0-9]([A-Za-z0-9.-]{0,250}[A-Za-z0-9])?(:[0-9]{1,5})?\/?$/;
const exceptions = /^[A-Za-z0-9.*_:[\]/-]{1,253}( *, *[A-Za-z0-9.*_:[\]/-]{1,253}){0,99}$/;

function proxyRules({ values }: SourceDocument): readonly Rule[] {
  const { agent } = values as { readonly agent?: { readonly env?: Readonly<Record<string, unknown>> | null } | null };
  const named = ["https_proxy", "HTTPS_PROXY"].filter((name) => isProxy(agent?.env?.[name]));
  if (named.length === 0) return [];
  return [
    ...named.map((name) => ({ path: `agent.env.${name}`, take: set("provisioning.httpsProxy", proxyUrl) })),
    ...["no_proxy", "NO_PROXY"].map((name) => ({
      path: `agent.env.${name}`,
      take: set("provisioning.noProxy", exceptions, (text) => text.split(/ *, */)),
    })),
  ];
}

function isProxy(value: unknown): boolean {
  return typeof value === "string" && proxyUrl.test(value) && URL.canParse(value);
}
