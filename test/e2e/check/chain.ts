import { objectNames } from "#contract";
import { core, rbac, remove, type Situation, upAgain } from "../../support/broken-installation/index.ts";
import { kubectlOk, moduleSelector, readyPod } from "../cluster.ts";
import type { Lane } from "./lane.ts";
import { callFromSensor } from "./module-call.ts";
import { deletePods, iotedged, scaleIotedged, writeForeignBundle } from "./planting.ts";

type Planted = Situation<Lane>;

/** Takes EdgeAgent's rights, so that it sets nothing right. */
const stopEdgeAgent = (lane: Lane) => remove(lane, rbac, "RoleBinding", "edgeagent");
/** iotedged serves on for a while once it is told to end. */
const ended = ({ namespace }: Lane) =>
  kubectlOk(["wait", "--for=delete", "pod", "-l", iotedged, "-n", namespace, "--timeout=60s"]);
const sensorAnew = (lane: Lane) => deletePods(lane, moduleSelector("sensor"));
const proxySays = (message: RegExp, fix: RegExp) =>
  ({ id: "proxy", severity: "error", component: "sensor", message, fix }) as const;

/** The way of a module: its pod, its proxy, its account. */
export const chains: readonly Planted[] = [
  {
    name: "a module's proxy does not trust iotedged",
    plant: async (lane) => {
      await writeForeignBundle(lane);
      await sensorAnew(lane);
    },
    ...proxySays(
      /cannot serve it: it does not trust iotedged/,
      /iotedged-proxy-trust-bundle.*logs sensor-\S+ -c proxy/,
    ),
  },
  {
    name: "a module's proxy does not find anybody behind the Service",
    plant: async (lane) => {
      await scaleIotedged(lane, 0);
      await ended(lane);
      await sensorAnew(lane);
    },
    ...proxySays(/cannot serve it: it (does not reach|has not reached) iotedged/, /logs sensor-\S+ -c proxy/),
  },
  {
    name: "a module's proxy does not find the Service",
    plant: async (lane) => {
      await remove(lane, "v1", "Service", "iotedged");
      await sensorAnew(lane);
    },
    ...proxySays(
      /cannot serve it: it (does not find iotedged's address|does not reach iotedged)/,
      /logs sensor-\S+ -c proxy/,
    ),
  },
  {
    name: "a module that has run for long does not reach iotedged any more",
    plant: async (lane) => {
      await scaleIotedged(lane, 0);
      await ended(lane);
      await callFromSensor(lane, { path: "/trust-bundle?api-version=2020-07-07", method: "GET" });
    },
    ...proxySays(
      /could not forward a request within the last minute: it does not reach iotedged/,
      /logs sensor-\S+ -c proxy/,
    ),
  },
  {
    name: "a module's pod starts anew, and there is no trust bundle",
    plant: async (lane) => {
      await remove(lane, "v1", "ConfigMap", objectNames.trustBundle);
      await sensorAnew(lane);
    },
    ...{
      id: "modules",
      severity: "error",
      component: "sensor",
      cause: "configmap-missing",
      message: /iotedged-proxy-trust-bundle/,
      fix: upAgain,
    },
  },
  {
    name: "a module's account was deleted while EdgeAgent cannot bring it back",
    plant: async (lane) => {
      await stopEdgeAgent(lane);
      await remove(lane, "v1", "ServiceAccount", "sensor");
    },
    ...{
      id: "identity",
      severity: "error",
      component: "sensor",
      message: /its account is gone/,
      fix: /npx edgectl restart sensor/,
    },
  },
  {
    name: "a module's account was given another id while EdgeAgent cannot correct it",
    plant: async (lane) => {
      await stopEdgeAgent(lane);
      await lane.patch(core(lane, "serviceaccounts", "sensor"), {
        metadata: { annotations: { "net.azure-devices.edge.original-moduleid": "$edgeAgent" } },
      });
    },
    ...{
      id: "identity",
      severity: "error",
      component: "sensor",
      message: /says that it is \$edgeAgent/,
      fix: /npx edgectl restart sensor/,
    },
  },
];

/** A token that the API server gives for a pod of an account, or for none. */
async function tokenOf(
  lane: Lane,
  account: string,
  options: { readonly audience?: string; readonly selector?: string },
): Promise<string> {
  const { audience, selector } = options;
  const pod = selector === undefined ? undefined : await readyPod(lane.namespace, selector);
  const bound =
    pod === undefined
      ? []
      : [
          "--bound-object-kind=Pod",
          `--bound-object-name=${pod.metadata.name}`,
          `--bound-object-uid=${pod.metadata.uid}`,
        ];
  const wanted = audience === undefined ? [] : [`--audience=${audience}`];
  return (await kubectlOk(["create", "token", account, "-n", lane.namespace, ...wanted, ...bound])).trim();
}

const straight = "https://iotedged:35001";
const bundlePath = "/trust-bundle?api-version=2020-07-07";
const audienceOf = ({ namespace }: Lane) => `iotedge:${namespace}/${namespace}`;
const withToken = async (lane: Lane, token: string) =>
  callFromSensor(lane, { base: straight, path: bundlePath, method: "GET", token });
const generationOf = (lane: Lane) =>
  kubectlOk(["get", "serviceaccount", "sensor", "-n", lane.namespace, "-o", "jsonpath={.metadata.uid}"]);
const refused = (severity: "error" | "warning", message: RegExp, fix: RegExp) =>
  ({ id: "refusals", severity, message, fix }) as const;

/** What iotedged refuses, each by a request that somebody makes in a module's container. */
export const refusals: readonly Planted[] = [
  {
    name: "somebody calls iotedged without a token",
    plant: (lane) => callFromSensor(lane, { base: straight, path: bundlePath, method: "GET" }),
    ...refused("error", /was refused \d+ times at token: no token was shown/, /kubectl.* logs deployment\/iotedged/),
  },
  {
    name: "somebody shows what is no token",
    plant: (lane) => withToken(lane, "nonsense"),
    ...refused("error", /at token: what was shown is no token/, /get pods/),
  },
  {
    name: "a token is for another audience",
    plant: async (lane) => withToken(lane, await tokenOf(lane, "sensor", { selector: moduleSelector("sensor") })),
    ...refused("error", /at audience: the token is for another audience/, /get pods/),
  },
  {
    name: "a token was signed by somebody else",
    plant: async (lane) => {
      const token = await tokenOf(lane, "sensor", { audience: audienceOf(lane), selector: moduleSelector("sensor") });
      const [head, claims, signature = ""] = token.split(".");
      await withToken(lane, [head, claims, [...signature].reverse().join("")].join("."));
    },
    ...refused("error", /at token: the API server does not know the token/, /get pods/),
  },
  {
    name: "a token was made by hand, for no pod",
    plant: async (lane) => withToken(lane, await tokenOf(lane, "sensor", { audience: audienceOf(lane) })),
    ...refused("error", /at token: the token is bound to no pod/, /that the kubelet mounts/),
  },
  {
    name: "a token is of an account that is no module's",
    plant: async (lane) =>
      withToken(lane, await tokenOf(lane, "iotedged", { audience: audienceOf(lane), selector: iotedged })),
    ...refused("error", /at identity: the token's account is no module/, upAgain),
  },
  {
    name: "a module asks in the name of another",
    plant: (lane) =>
      callFromSensor(lane, {
        path: "/modules/other/genid/1/sign?api-version=2020-07-07",
        method: "POST",
        body: { keyId: "primary", algo: "HMACSHA256", data: "aGVsbG8=" },
      }),
    ...refused("warning", /at access: it asked in the name of another module/, /IOTEDGE_MODULEGENERATIONID/),
  },
  {
    name: "a module asks for what is EdgeAgent's alone",
    plant: async (lane) => {
      const token = await tokenOf(lane, "sensor", { audience: audienceOf(lane), selector: moduleSelector("sensor") });
      const path = "/identities?api-version=2020-07-07";
      await callFromSensor(lane, { base: "https://iotedged:35000", path, method: "GET", token });
    },
    ...refused("warning", /at access: it asked for what is EdgeAgent's alone/, upAgain),
  },
  {
    name: "a module asks for a certificate of a name that is not its own",
    plant: async (lane) => {
      const path = `/modules/sensor/genid/${await generationOf(lane)}/certificate/server?api-version=2020-07-07`;
      const expiration = new Date(Date.now() + 3_600_000).toISOString();
      await callFromSensor(lane, { path, method: "POST", body: { commonName: "bank.example.com", expiration } });
    },
    ...refused("warning", /at request: it asked for a certificate of a name that is not its own/, /serverNames/),
  },
  {
    name: "a module asks more often than its budget lets it",
    plant: async (lane) => {
      const path = `/modules/sensor/genid/${await generationOf(lane)}/certificate/server?api-version=2020-07-07`;
      const body = { commonName: "sensor", expiration: new Date(Date.now() + 3_600_000).toISOString() };
      await callFromSensor(lane, { path, method: "POST", body, times: 80 });
    },
    ...refused(
      "error",
      /at budget: it asked more often than its budget lets it/,
      /iotedged\.requestsPerSecond.*npx edgectl up/,
    ),
  },
];
