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

const here = note("other-here", "info", "has no counterpart: Kubernetes, or this project, does it in its own way");
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

/** Keys of `config.toml`, IoT Edge 1.2 and later. */
const rules: readonly Rule[] = [
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
  {
    path: "trust_bundle_cert",
    take: note(
      "trusted-cas",
      "warning",
      "the file's certificates are not read",
      "Write them, each as PEM, into trust.trustedCas of the installation.",
    ),
  },
  { path: "provisioning.connection_string", take: connectionString },
  { path: "provisioning.iothub_hostname", take: set("hubHostname", hostname) },
  { path: "provisioning.device_id", take: set("deviceId", deviceId) },
  { path: "provisioning.source", take: noHub },
  {
    path: "provisioning.authentication.device_id_pk",
    take: secret("the device's key", "Keep it where it is: nothing here connects to IoT Hub yet."),
  },
  {
    path: "provisioning.attestation.symmetric_key",
    take: secret("the key of the enrolment", "Keep it where it is: nothing here connects to IoT Hub yet."),
  },
  { path: "provisioning.attestation.registration_id", take: set("deviceId", deviceId) },
  { path: "provisioning", take: here },
  { path: "edge_ca", take: ownCa },
  { path: "cert_issuance", take: ownCa },
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
    path: "aziot_keys",
    take: secret("the device's key store", "Keys of modules are derived of the identity key here: docs/keys.md."),
  },
  {
    path: "preloaded_keys",
    take: secret("a preloaded key", "Keys of modules are derived of the identity key here: docs/keys.md."),
  },
  ...[
    "allow_elevated_docker_permissions",
    "auto_reprovisioning_mode",
    "cloud_timeout_sec",
    "cloud_retries",
    "connect",
    "listen",
    "watchdog",
    "moby_runtime",
    "image_garbage_collection",
    "tpm",
    "homedir",
    "imagePullPolicy",
  ].map((path) => ({ path, take: here })),
];

/** Reads a device's `config.toml`. */
export function convertDockerMode(document: SourceDocument, draft: Draft): void {
  convert(document, rules, draft);
  const agent = document.values.agent as { config?: { auth?: Record<string, unknown> } } | undefined;
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
