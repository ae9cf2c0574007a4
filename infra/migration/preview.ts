import type { JsonObject } from "#base";
import { isJsonObject } from "#base";
import { levelForm, levelOf } from "./docker-mode.ts";
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
  quantity,
  type Rule,
  secret,
  set,
  tell,
} from "./draft.ts";

const images = note("own-images", "info", "the runtime's images are this project's, and come with the release");
const imageCredentials = secret(
  "the credentials of the images of the preview",
  "This project's images come from elsewhere: docs/images.md#a-private-registry.",
);
const here = note("other-here", "info", "has no counterpart: this project does it in its own way");
const proxy = note(
  "corporate-proxy",
  "warning",
  "the proxy is not taken over",
  "See docs/corporate-proxy.md: which of the nodes, modules and edgectl need it.",
);
const label = /^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/;
const resources = (key: string): readonly Rule[] =>
  ["requests", "limits"].map((kind) => ({
    path: `${key.replace(/^proxy$/, "iotedgedProxy").replace(/^iotedged$/, "iotedged.data")}.resources.${kind}.*`,
    take: (leaf, draft) => set([key, "resources", kind, leaf.path.at(-1) ?? ""], quantity)(leaf, draft),
  }));

/** Values of the chart `edge-kubernetes` of Azure's preview. */
const rules: readonly Rule[] = [
  { path: "provisioning.deviceConnectionString", take: connectionString },
  { path: "provisioning.authentication.iothubHostname", take: set("hubHostname", hostname) },
  { path: "provisioning.authentication.deviceId", take: set("deviceId", deviceId) },
  { path: "provisioning.attestation.registrationId", take: set("deviceId", deviceId) },
  {
    path: "provisioning.attestation.symmetricKey",
    take: secret(
      "the key of the enrolment",
      "To connect, put it into a Secret: docs/iot-hub.md#from-iot-edge-on-a-machine.",
    ),
  },
  { path: "provisioning.source", take: noHub },
  { path: "provisioning", take: here },
  { path: "iotedged.image", take: images },
  {
    path: "iotedged.nodeSelector.*",
    take: (leaf, draft) => set(["iotedged", "nodeSelector", leaf.path.at(-1) ?? ""], label)(leaf, draft),
  },
  { path: "iotedged.data.enableGetNodesRBAC", take: set("nodeObserver", "boolean") },
  { path: "iotedged.data.runtimeLogLevel", take: set("iotedged.logLevel", levelForm, levelOf) },
  { path: "iotedged.data.httpsProxy", take: proxy },
  { path: "iotedged.data.noProxy", take: proxy },
  {
    path: "iotedged.data.persistentVolumeClaim",
    take: note("no-state", "info", "iotedged keeps nothing on a volume: its keys are Secrets"),
  },
  {
    path: "iotedged.data.useHostTrust",
    take: note(
      "trusted-cas",
      "warning",
      "the node's CAs are not taken over",
      "Write those that modules need, each as PEM, into trust.trustedCas of the installation.",
    ),
  },
  ...resources("iotedged"),
  { path: "iotedged.data", take: here },
  {
    path: "iotedged.certificates",
    take: note(
      "device-ca",
      "warning",
      "the device's CA is not taken over: a workload CA has an ECDSA P-256 key, in a Secret",
      "See docs/trust.md#your-own-pki; without it a CA is made.",
    ),
  },
  { path: "iotedged", take: here },
  { path: "iotedgedProxy.image", take: images },
  {
    path: "iotedgedProxy.registryCredentials",
    take: imageCredentials,
  },
  ...resources("proxy"),
  { path: "edgeAgent.image", take: images },
  {
    path: "edgeAgent.registryCredentials",
    take: imageCredentials,
  },
  {
    path: "edgeAgent.hostname",
    take: note(
      "gateway-hostname",
      "warning",
      "modules find the hub as `edgehub`",
      "For clients outside of the cluster, list names in k8s-extensions.serverNames of $edgeHub's createOptions.",
    ),
  },
  { path: "edgeAgent.env.runtimeLogLevel", take: set("edgeAgent.logLevel", levelForm, levelOf) },
  {
    path: "edgeAgent.env.portMappingServiceType",
    take: set("edgeAgent.hostPorts", /^(ClusterIP|NodePort|LoadBalancer)$/),
  },
  {
    path: "edgeAgent.env.storageClassName",
    take: set("edgeAgent.volumes.storageClassName", /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/),
  },
  {
    path: "edgeAgent.env.persistentVolumeClaimDefaultSizeInMb",
    take: (leaf, draft) => {
      set("edgeAgent.volumes.size", /^[1-9][0-9]{0,8}$/, (text) => `${text}M`)(leaf, draft);
      set("edgeAgent.volumes.create", /^/, () => true)(leaf, draft);
    },
  },
  { path: "edgeAgent.env", take: note("agent-env", "info", "EdgeAgent is this project's, and takes no variables") },
  ...resources("edgeAgent"),
  { path: "edgeAgent", take: here },
  { path: "registryCredentials", take: () => {} },
  { path: "maxRetries", take: here },
];

/** Reads values of the chart. */
export function convertPreview(document: SourceDocument, draft: Draft): void {
  convert(document, rules, draft);
  const { registryCredentials } = document.values;
  for (const [server, credentials] of Object.entries(isJsonObject(registryCredentials) ? registryCredentials : {})) {
    const path = ["registryCredentials", server];
    const place = `${document.file}:${document.lineOf(path) ?? 1} ${path.join(".")}`;
    const { username } = (isJsonObject(credentials) ? credentials : {}) as JsonObject;
    if (typeof username === "string") addRegistry(server, username, place, draft);
    else
      tell(
        draft,
        "value-not-usable",
        "warning",
        "credentials without a user",
        place,
        "Write iotedge:registries yourself.",
      );
  }
}
