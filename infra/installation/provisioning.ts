import { formatPath, type Path } from "#base";
import type { IotedgedSettings } from "#contract";
import { readBundle } from "../trust-model/index.ts";
import type { EdgeInstallationArgs } from "./args.ts";
import { defaults } from "./defaults.ts";
import { installationErrors } from "./errors.ts";
import type { ProvisioningArgs } from "./provisioning-args.ts";

/** A key of an installation that does not go with `provisioning`, or lacks beside it. */
export interface ProvisioningProblem {
  /** Below the installation. */
  readonly path: Path;
  readonly found: string;
  readonly allowed: string;
  readonly remedy: string;
}

/** What sets a manifest from a stack. Whoever calls the component has `deployment` alone. */
const manifestKeys = ["deployment", "deploymentFile", "deploymentLayers"] as const;

/** What has a say about the connection; outputs are taken to be right. */
export type ProvisionedArgs = Pick<EdgeInstallationArgs, "provisioning" | "hubHostname" | "deviceId"> &
  Readonly<Partial<Record<(typeof manifestKeys)[number], unknown>>>;

/** What keeps a connected installation from being declared; nothing for one that stands alone. */
export function provisioningProblems(args: ProvisionedArgs): readonly ProvisioningProblem[] {
  const { provisioning } = args;
  if (provisioning === undefined) return [];
  const { source } = provisioning;
  const sets = manifestKeys.filter((key) => args[key] !== undefined);
  return [
    ...(isSource(source)
      ? [...placeProblems[source](args), ...methodProblems(source, provisioning)]
      : [problemAt("source", `is ${JSON.stringify(source)}`, Object.keys(methods).join(" or "), "Write one of them.")]),
    ...wayProblems(provisioning),
    ...(provisioning.trustedCas ?? []).flatMap(unusableCa),
    ...sets.map((key) => ({
      path: [key],
      found: "stands beside provisioning",
      allowed: "absent where the installation is connected: its manifest is the one that IoT Hub has",
      remedy:
        "Set the modules in IoT Hub and remove it, or remove provisioning to have an installation that stands alone.",
    })),
  ];
}

/** @throws EDGE_INSTALLATION_PROVISIONING for the first problem */
export function requireProvisioning(installation: string, args: ProvisionedArgs): void {
  const [problem] = provisioningProblems(args);
  if (problem === undefined) return;
  const { path, ...told } = problem;
  throw installationErrors.EDGE_INSTALLATION_PROVISIONING({ installation, key: formatPath(path), ...told });
}

/** What iotedged and EdgeAgent are told of it; nothing where the installation stands alone. */
export function provisioningSettings({
  provisioning,
}: Pick<EdgeInstallationArgs, "provisioning">): Pick<IotedgedSettings, "provisioning"> {
  if (provisioning === undefined) return {};
  const { source, method, trustedCas = [], idScope = "", registrationId = "", autoReprovisioningMode } = provisioning;
  const { globalEndpoint = defaults.globalEndpoint, upstreamProtocol, httpsProxy, noProxy = [] } = provisioning;
  const registration = { globalEndpoint, idScope, registrationId };
  return {
    provisioning: {
      source: source as Source,
      ...(method === "x509" && { method }),
      ...(source === "dps" && { registration }),
      ...(autoReprovisioningMode === "AlwaysOnStartup" && { autoReprovisioningMode }),
      ...(upstreamProtocol === "MqttWs" && { upstreamProtocol }),
      ...(httpsProxy !== undefined && { proxy: { url: httpsProxy, exceptions: noProxy } }),
      ...(trustedCas.length > 0 && { trustedCas }),
    },
  };
}

/** Whether a provisioning service says which device of which hub the installation is. */
export function isAssigned({ provisioning }: Pick<EdgeInstallationArgs, "provisioning">): boolean {
  return provisioning?.source === "dps";
}

/** By what a device of each source proves itself, the default first. */
const methods = { manual: ["sas", "x509"], dps: ["symmetric_key", "x509"] } as const;
type Source = keyof typeof methods;

function isSource(text: string): text is Source {
  return Object.hasOwn(methods, text);
}

const dpsKeys = ["idScope", "registrationId", "globalEndpoint", "autoReprovisioningMode"] as const;
const reprovisioningModes: readonly string[] = ["Dynamic", "AlwaysOnStartup"];
const idScope = /^[A-Za-z0-9]{1,64}$/;
const registrationId = /^[a-z0-9]([a-z0-9\-._:]{0,126}[a-z0-9])?$/;

/** What is wrong with the keys that say where the device belongs, by source. */
const placeProblems: Readonly<Record<Source, (args: ProvisionedArgs) => readonly ProvisioningProblem[]>> = {
  manual: ({ hubHostname, deviceId, provisioning }) => [
    ...(hubHostname === undefined || hubHostname === defaults.hubHostname ? [noHub] : []),
    ...(holdsKey(deviceId) ? [keyAsDevice] : []),
    ...dpsKeys
      .filter((key) => provisioning?.[key] !== undefined)
      .map((key) => problemAt(key, "stands beside source manual", "absent, or source dps", "Remove one of both.")),
  ],
  dps: (args) => {
    const { provisioning } = args;
    const said = (["hubHostname", "deviceId"] as const).filter(
      (key) => args[key] !== undefined && args[key] !== defaults.hubHostname,
    );
    return [
      ...said.map((key) => ({
        path: [key],
        found: "stands beside source dps",
        allowed: "absent: the provisioning service says it",
        remedy: "Remove it.",
      })),
      ...(idScope.test(provisioning?.idScope ?? "")
        ? []
        : [
            problemAt(
              "idScope",
              "names no scope",
              "the ID scope of the service",
              "Write what `az iot dps show` tells.",
            ),
          ]),
      ...(registrationId.test(provisioning?.registrationId ?? "")
        ? []
        : [problemAt("registrationId", "is none", "at most 128 of a-z, 0-9 and - . _ :", "Write the enrollment's.")]),
      ...(isEndpoint(provisioning?.globalEndpoint ?? defaults.globalEndpoint)
        ? []
        : [
            problemAt(
              "globalEndpoint",
              "is no service",
              "https:// and a host name",
              `Write ${defaults.globalEndpoint}.`,
            ),
          ]),
      ...(reprovisioningModes.includes(provisioning?.autoReprovisioningMode ?? "Dynamic")
        ? []
        : [problemAt("autoReprovisioningMode", "is none", reprovisioningModes.join(" or "), "Write one of them.")]),
    ];
  },
};

function methodProblems(source: Source, { method }: ProvisioningArgs): readonly ProvisioningProblem[] {
  const known: readonly string[] = methods[source];
  if (method === undefined || known.includes(method)) return [];
  return [problemAt("method", `is ${JSON.stringify(method)}`, known.join(" or "), `Write one of them for ${source}.`)];
}

const protocols: readonly string[] = ["Mqtt", "MqttWs"];

/** What is wrong with the keys that say how hub and service are reached. */
function wayProblems(provisioning: ProvisioningArgs): readonly ProvisioningProblem[] {
  const { upstreamProtocol = "Mqtt", httpsProxy, noProxy } = provisioning;
  const proxies = "http:// or https://, a host and a port, without a name, a password and a path";
  const everybodyReads =
    "Write the URL alone: who may read ConfigMaps reads it. A proxy that asks for a password is not served.";
  return [
    ...(protocols.includes(upstreamProtocol)
      ? []
      : [problemAt("upstreamProtocol", "is none", protocols.join(" or "), "Write one of them.")]),
    ...(httpsProxy === undefined || isProxy(httpsProxy)
      ? []
      : [problemAt("httpsProxy", "is no proxy", proxies, everybodyReads)]),
    ...(noProxy !== undefined && httpsProxy === undefined
      ? [problemAt("noProxy", "stands alone", "beside httpsProxy", "Name the proxy, or remove it.")]
      : []),
  ];
}

/** A host and a port, with nothing before or behind; names of hosts may have capitals. */
function isBare(text: string, scheme: RegExp): boolean {
  return scheme.test(text) && /^[a-z]+:\/\/[^\s/?#@\\]+\/?$/i.test(text) && URL.canParse(text);
}

const isProxy = (text: string) => isBare(text, /^https?:/i);
const isEndpoint = (text: string) => isBare(text, /^https:/i);

function problemAt(key: keyof ProvisioningArgs, found: string, allowed: string, remedy: string): ProvisioningProblem {
  return { path: ["provisioning", key], found, allowed, remedy };
}

function unusableCa(pem: string, index: number): readonly ProvisioningProblem[] {
  const { cas, problems } = readBundle(pem);
  if (cas.length === 1) return [];
  const found = `is unusable: ${problems[0] ?? "it holds several certificates"}`;
  const remedy = "Give the certificate of one CA, in PEM.";
  return [{ path: ["provisioning", "trustedCas", index], found, allowed: "the certificate of one CA", remedy }];
}

/** An id may have all characters of a connection string, and is read by every module. */
function holdsKey(deviceId: unknown): boolean {
  return typeof deviceId === "string" && /SharedAccess(Key|Signature)/i.test(deviceId);
}

const keyAsDevice: ProvisioningProblem = {
  path: ["deviceId"],
  found: "is a connection string",
  allowed: "the device's id alone",
  remedy: "Write what stands after DeviceId= in it. The string belongs into the Secret, and nowhere else.",
};

const noHub: ProvisioningProblem = {
  path: ["hubHostname"],
  found: "names no hub",
  allowed: "the host name of the device's IoT Hub",
  remedy: "Write what stands after HostName= in the connection string.",
};
