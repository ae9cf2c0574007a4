import { dataKeys, objectNames } from "#contract";
import { core, day, makeCaWithKey, remove, type Situation, upAgain } from "../../support/broken-installation/index.ts";
import { kubectlOk } from "../cluster.ts";
import type { Lane } from "./lane.ts";
import { deletePods, iotedged, scaleIotedged, writeForeignBundle } from "./planting.ts";

type Planted = Situation<Lane>;

const base64 = (text: string) => Buffer.from(text).toString("base64");
const setSecret = (lane: Lane, name: string, data: Readonly<Record<string, string>>) =>
  lane.patch(core(lane, "secrets", name), {
    data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, base64(text)])),
  });
const podsAnew = /kubectl.* delete pods -l app\.kubernetes\.io\/name=(iotedged|edgeagent) -n edge-check-/;
const podsAnewThenUp = new RegExp(`${podsAnew.source}.*${upAgain.source}`);

/** iotedged and EdgeAgent. */
export const daemons: readonly Planted[] = [
  {
    name: "iotedged was scaled to 0",
    plant: (lane) => scaleIotedged(lane, 0),
    ...{ id: "iotedged", severity: "error", message: /scaled to 0/, fix: upAgain },
  },
  {
    name: "iotedged's image cannot be pulled",
    plant: ({ namespace }) =>
      kubectlOk(["set", "image", "deployment/iotedged", "iotedged=127.0.0.1:9/iotedged:1", "-n", namespace]),
    ...{
      id: "iotedged",
      severity: "error",
      cause: "image-pull",
      message: /127\.0\.0\.1:9\/iotedged:1 cannot be pulled now/,
      fix: /127\.0\.0\.1:9/,
    },
  },
  {
    name: "iotedged has too little memory",
    plant: ({ namespace }) =>
      kubectlOk([
        "set",
        "resources",
        "deployment/iotedged",
        "--limits=memory=24Mi",
        "--requests=memory=8Mi",
        "-n",
        namespace,
      ]),
    ...{
      id: "iotedged",
      severity: "error",
      cause: "out-of-memory",
      message: /OOMKilled: memory limit 24 MiB/,
      fix: /iotedged\.resources.*npx edgectl up --stack edge-check-/,
    },
  },
  {
    name: "the Secret of the installation's keys was deleted",
    plant: async (lane) => {
      await remove(lane, "v1", "Secret", objectNames.identity);
      await deletePods(lane, iotedged);
    },
    ...{
      id: "iotedged",
      severity: "error",
      cause: "secret-missing",
      message: /Secret iotedged-identity does not exist/,
      fix: upAgain,
    },
  },
  {
    name: "the Secret of the workload CA was emptied",
    plant: async (lane) => {
      await setSecret(lane, objectNames.workloadCa, { [dataKeys.certificate]: "", [dataKeys.privateKey]: "" });
      await deletePods(lane, iotedged);
    },
    ...{
      id: "iotedged",
      severity: "error",
      cause: "program-exits",
      message: /EDGE_IOTEDGED_/,
      fix: /kubectl.* logs /,
    },
  },
  {
    name: "the Secret of the workload CA has foreign keys",
    plant: async (lane) => {
      const { certificate, key } = await makeCaWithKey(Date.now() + 390 * day);
      await setSecret(lane, objectNames.workloadCa, {
        [dataKeys.certificate]: certificate,
        [dataKeys.privateKey]: key,
      });
    },
    ...{ id: "trust-bundle", severity: "error", message: /does not vouch for what iotedged issues/, fix: upAgain },
  },
  {
    name: "the trust bundle has a foreign CA",
    plant: writeForeignBundle,
    ...{ id: "trust-bundle", severity: "error", message: /does not vouch for what iotedged issues/, fix: upAgain },
  },
  {
    name: "iotedged's Lease is held by a pod that is gone",
    plant: (lane) =>
      lane.patch(`/apis/coordination.k8s.io/v1/namespaces/${lane.namespace}/leases/iotedged`, {
        spec: {
          holderIdentity: "iotedged-gone_1",
          leaseDurationSeconds: 36_000,
          renewTime: new Date().toISOString().replace("Z", "000Z"),
        },
      }),
    ...{
      id: "leader",
      severity: "error",
      message: /held by a pod that is gone/,
      fix: /^Free it: kubectl.* delete lease iotedged -n edge-check-/,
    },
  },
  {
    name: "EdgeAgent's settings are no JSON",
    plant: (lane) =>
      lane.patch(core(lane, "configmaps", objectNames.agentConfig), { data: { [dataKeys.agentConfig]: "{" } }),
    ...{ id: "objects", severity: "error", message: /settings of the installation are no JSON/, fix: upAgain },
  },
  {
    name: "iotedged's settings are no JSON, and it starts anew",
    plant: async (lane) => {
      await lane.patch(core(lane, "configmaps", objectNames.iotedgedConfig), {
        data: { [dataKeys.iotedgedConfig]: "{" },
      });
      await deletePods(lane, iotedged);
    },
    ...{
      id: "iotedged",
      severity: "error",
      cause: "program-exits",
      message: /EDGE_RUNTIME_SETTINGS_INVALID/,
      fix: /logs /,
    },
  },
  ...["iotedged", "edgeagent"].map(
    (account): Planted => ({
      name: `ServiceAccount ${account} was deleted`,
      plant: (lane) => remove(lane, "v1", "ServiceAccount", account),
      ...{ id: "objects", severity: "error", message: /objects are missing/, fix: podsAnewThenUp },
    }),
  ),
  {
    // Another one of EdgeAgent's has iotedged make its pod anew by itself.
    name: "iotedged's ServiceAccount was deleted, and made again",
    plant: async (lane) => {
      const { metadata, ...gone } = await lane.get("v1", "ServiceAccount", "iotedged");
      await remove(lane, "v1", "ServiceAccount", "iotedged");
      const { name, namespace, labels, annotations } = metadata;
      await lane.apply({ ...gone, metadata: { name, namespace, labels, annotations } });
    },
    ...{ id: "iotedged", severity: "error", cause: "account-deleted", message: /token is of/, fix: podsAnew },
  },
  {
    name: "a NetworkPolicy closes the way to the API server",
    plant: (lane) =>
      lane.patch(`/apis/networking.k8s.io/v1/namespaces/${lane.namespace}/networkpolicies/iotedged`, {
        spec: {
          egress: [
            {
              ports: [
                { protocol: "UDP", port: 53 },
                { protocol: "UDP", port: 10053 },
              ],
            },
          ],
        },
      }),
    ...{
      id: "network-api",
      severity: "error",
      message: /NetworkPolicy iotedged lets nobody reach the API server/,
      fix: /apiServerPorts.*npx edgectl up/,
    },
  },
  {
    name: "a NetworkPolicy closes the way to DNS",
    plant: (lane) =>
      lane.patch(`/apis/networking.k8s.io/v1/namespaces/${lane.namespace}/networkpolicies/edgeagent`, {
        spec: {
          egress: [
            {
              ports: [
                { protocol: "TCP", port: 443 },
                { protocol: "TCP", port: 6443 },
              ],
            },
          ],
        },
      }),
    ...{
      id: "network-dns",
      severity: "error",
      message: /NetworkPolicy edgeagent lets nobody reach/,
      fix: /dnsPorts.*npx edgectl up/,
    },
  },
];
