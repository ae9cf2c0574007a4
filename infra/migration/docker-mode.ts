import type { SourceDocument } from "./document.ts";
import {
  addRegistry,
  connectionString,
  convert,
  type Draft,
  deviceId,
  hostname,
  noHub,
  note,
  type Rule,
  secret,
  set,
  tell,
} from "./draft.ts";

export const here = note(
  "other-here",
  "info",
  "has no counterpart: Kubernetes, or this project, does it in its own way",
);
export const logLevels: Readonly<Record<string, string>> = {
  verbose: "debug",
  trace: "debug",
  debug: "debug",
  info: "info",
  information: "info",
  warning: "warn",
  warn: "warn",
  error: "error",
  fatal: "error",
};
export const levelForm = new RegExp(`^(${Object.keys(logLevels).join("|")})$`, "i");
export const levelOf = (text: string) => logLevels[text.toLowerCase()] ?? "info";
const proxy = note(
  "corporate-proxy",
  "warning",
  "the device's proxy is not taken over",
  "See docs/corporate-proxy.md: which of the nodes, modules and edgectl need it.",
);
const ownCa = note(
  "device-ca",
  "warning",
  "the device's CA is not taken over: a workload CA has an ECDSA P-256 key, in a Secret",
  "See docs/trust.md#your-own-pki; without it a CA is made.",
);

const trustedCas = note(
  "trusted-cas",
  "warning",
  "the file's certificates are not read",
  "Write them, each as PEM, into trust.trustedCas of the installation.",
);
const keptKey = (what: string) =>
  secret(what, "To connect, put it into a Secret: docs/iot-hub.md#from-iot-edge-on-a-machine.");
const preloaded = (what: string) => secret(what, "Keys of modules are derived of the identity key here: docs/keys.md.");

/** Keys that all versions have. */
const shared: readonly Rule[] = [
  {
    path: "hostname",
    take: note(
      "gateway-hostname",
      "warning",
      "modules find the hub as `edgehub`; a device's host name is not theirs",
      "For clients outside of the cluster, list the name in k8s-extensions.serverNames of $edgeHub's createOptions.",
    ),
  },
  { path: "parent_hostname", take: note("nested-edge", "error", "nested devices are not supported") },
  { path: "provisioning.source", take: noHub },
  { path: "agent.env.RuntimeLogLevel", take: set("edgeAgent.logLevel", levelForm, levelOf) },
  { path: "agent.env.https_proxy", take: proxy },
  { path: "agent.env.HTTPS_PROXY", take: proxy },
  { path: "agent.env.no_proxy", take: proxy },
  { path: "agent.env", take: note("agent-env", "info", "EdgeAgent is this project's, and takes no variables") },
  { path: "agent.config.auth.serveraddress", take: () => {} },
  { path: "agent.config.auth.username", take: () => {} },
  { path: "agent.config.auth.password", take: () => {} },
  { path: "agent", take: note("own-images", "info", "EdgeAgent is this project's: its image comes with the release") },
  {
    path: "moby_runtime.network",
    take: note(
      "container-network",
      "info",
      "modules are in the cluster's network: they find each other by their names, and have other addresses",
    ),
  },
  ...["connect", "listen", "watchdog", "moby_runtime", "homedir"].map((path) => ({ path, take: here })),
];

/** Keys of `config.toml`, IoT Edge 1.2 and later. */
const tomlRules: readonly Rule[] = [
  { path: "trust_bundle_cert", take: trustedCas },
  { path: "provisioning.connection_string", take: connectionString },
  { path: "provisioning.iothub_hostname", take: set("hubHostname", hostname) },
  { path: "provisioning.device_id", take: set("deviceId", deviceId) },
  { path: "provisioning.authentication.device_id_pk", take: keptKey("the device's key") },
  { path: "provisioning.attestation.symmetric_key", take: keptKey("the key of the enrolment") },
  { path: "provisioning.attestation.registration_id", take: set("deviceId", deviceId) },
  ...shared,
  { path: "provisioning", take: here },
  { path: "edge_ca", take: ownCa },
  { path: "cert_issuance", take: ownCa },
  { path: "aziot_keys", take: preloaded("the device's key store") },
  { path: "preloaded_keys", take: preloaded("a preloaded key") },
  ...[
    "allow_elevated_docker_permissions",
    "auto_reprovisioning_mode",
    "cloud_timeout_sec",
    "cloud_retries",
    "image_garbage_collection",
    "tpm",
    "imagePullPolicy",
  ].map((path) => ({ path, take: here })),
];

/** Keys of `config.yaml`, IoT Edge 1.0 and 1.1. A device has the id of its registration, unless that names another. */
const yamlRules = (namesDevice: boolean): readonly Rule[] => [
  { path: "provisioning.device_connection_string", take: connectionString },
  { path: "provisioning.authentication.iothub_hostname", take: set("hubHostname", hostname) },
  { path: "provisioning.authentication.device_id", take: set("deviceId", deviceId) },
  { path: "provisioning.authentication.identity_pk", take: keptKey("the device's key") },
  { path: "provisioning.attestation.registration_id", take: namesDevice ? here : set("deviceId", deviceId) },
  { path: "provisioning.attestation.device_id", take: set("deviceId", deviceId) },
  { path: "provisioning.attestation.symmetric_key", take: keptKey("the key of the enrolment") },
  { path: "provisioning.attestation.identity_pk", take: keptKey("the device's key") },
  ...shared,
  { path: "provisioning", take: here },
  { path: "certificates.trusted_ca_certs", take: trustedCas },
  { path: "certificates", take: ownCa },
  { path: "tls", take: here },
];

/** Anything may stand at these places. */
interface DeviceValues {
  readonly agent?: { readonly config?: { readonly auth?: Readonly<Record<string, unknown>> | null } | null } | null;
  readonly provisioning?: { readonly attestation?: { readonly device_id?: unknown } | null } | null;
}

/**
 * Reads a device's `config.toml`, or its `config.yaml` of before IoT Edge 1.2.
 *
 * @param first what is read in another way than for a stack that stands alone
 */
export function convertDockerMode(document: SourceDocument, draft: Draft, first: readonly Rule[] = []): void {
  const { agent, provisioning } = document.values as DeviceValues;
  const rules = document.format === "yaml" ? yamlRules(Boolean(provisioning?.attestation?.device_id)) : tomlRules;
  convert(document, [...first, ...rules], draft);
  const { serveraddress, username, password } = agent?.config?.auth ?? {};
  const place = `${document.file}:${document.lineOf(["agent", "config", "auth"]) ?? 1} agent.config.auth`;
  if (typeof serveraddress === "string" && typeof username === "string")
    addRegistry(serveraddress, username, place, draft);
  else if (password !== undefined)
    tell(
      draft,
      "value-not-usable",
      "warning",
      "credentials without server or user",
      place,
      "Write iotedge:registries yourself.",
    );
}
