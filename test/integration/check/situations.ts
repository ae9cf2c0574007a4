import { dataKeys, objectNames } from "#contract";
import {
  core,
  day,
  remove,
  type Situation as SituationOf,
  situations as sharedSituations,
  upAgain,
} from "../../support/broken-installation/index.ts";
import type { TestInstallation } from "./installation.ts";
import { apiSlice, audit, forgetWriters, notReady, record, replica, setStatus, waitingProxy } from "./planting.ts";

type Situation = SituationOf<TestInstallation>;

/** What is broken on purpose, and what is said of it. */
export const situations: readonly Situation[] = [
  ...sharedSituations,
  {
    name: "a NetworkPolicy closes the way to the API server",
    plant: async (it) => {
      await it.apply(apiSlice(it.namespace));
      await it.patch(`/apis/networking.k8s.io/v1/namespaces/${it.namespace}/networkpolicies/iotedged`, {
        spec: { egress: [{ ports: [{ protocol: "UDP", port: 53 }] }] },
      });
    },
    undo: async (it) => {
      const slice = await it.cluster.get({ ...apiSlice(it.namespace), ...apiSlice(it.namespace).metadata });
      if (slice !== undefined) await it.cluster.delete(slice, "Background");
    },
    ...{
      id: "network-api",
      severity: "error",
      message: /NetworkPolicy iotedged lets nobody reach the API server at 10\.9\.9\.9:443/,
      fix: /^Write for .+: networkPolicy: \{ apiServerPorts: \[443\] \}; then: /,
    },
  },
  {
    name: "EdgeAgent has not taken up the manifest",
    plant: async (it) =>
      it.report("another one", JSON.parse(await it.configMap(objectNames.agentConfig, dataKeys.agentConfig))),
    ...{
      id: "manifest",
      severity: "error",
      message: /has not taken up the manifest/,
      fix: /logs deployment\/edgeagent/,
    },
  },
  {
    name: "EdgeAgent has refused the manifest",
    plant: async (it) =>
      it.report(
        await it.configMap(objectNames.deployment, dataKeys.deployment),
        JSON.parse(await it.configMap(objectNames.agentConfig, dataKeys.agentConfig)),
        { lastDesiredStatus: { code: 400, description: "modules.sensor: no" } },
      ),
    ...{ id: "manifest", severity: "error", cause: "manifest-refused", message: /modules\.sensor: no/, fix: upAgain },
  },
  {
    name: "the manifest was changed by hand",
    plant: async (it) => {
      const text = await it.configMap(objectNames.deployment, dataKeys.deployment);
      const data = { [dataKeys.deployment]: text.replace("r.invalid/sensor:1", "r.invalid/sensor:2") };
      await it.patch(core(it, "configmaps", objectNames.deployment), { data });
      await it.report(
        String(data[dataKeys.deployment]),
        JSON.parse(await it.configMap(objectNames.agentConfig, dataKeys.agentConfig)),
      );
    },
    ...{
      id: "manifest",
      severity: "warning",
      cause: "manifest-edited",
      message: /is not what the stack declares/,
      fix: upAgain,
    },
  },
  {
    name: "EdgeAgent's Deployment was deleted",
    plant: (it) => remove(it, "apps/v1", "Deployment", "edgeagent"),
    ...{
      id: "edgeagent",
      severity: "error",
      message: /Deployment edgeagent does not exist/,
      fix: /kubectl.* logs deployment\/iotedged -n /,
    },
  },
  {
    name: "a module's image does not exist",
    plant: (it) => {
      const message =
        'rpc error: code = NotFound desc = failed to pull and unpack image "r.invalid/sensor:1": not found';
      return setStatus(it, "sensor", {
        phase: "Pending",
        ...notReady("sensor", { waiting: { reason: "ErrImagePull", message } }),
      });
    },
    ...{
      id: "modules",
      severity: "error",
      component: "sensor",
      cause: "image-not-found",
      message: /image/,
      fix: /Push the image/,
    },
  },
  {
    name: "a module takes too much memory",
    plant: (it) => {
      const terminated = { exitCode: 137, reason: "OOMKilled", finishedAt: new Date().toISOString() };
      const waiting = { reason: "CrashLoopBackOff" };
      return setStatus(it, "sensor", notReady("sensor", { waiting }, { lastState: { terminated }, restartCount: 3 }));
    },
    ...{
      id: "modules",
      severity: "error",
      component: "sensor",
      cause: "out-of-memory",
      message: /OOMKilled/,
      fix: /npx edgectl logs sensor/,
    },
  },
  {
    name: "a module's pod finds no node",
    plant: async (it) => {
      const [pod] = await it.podsOf("sensor");
      const conditions = [
        { type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/1 nodes are available" },
        { type: "Ready", status: "False" },
      ];
      await it.pods.setStatus(pod?.metadata.name ?? "", { phase: "Pending", conditions });
    },
    ...{
      id: "modules",
      severity: "error",
      component: "sensor",
      cause: "unschedulable",
      message: /no node takes its pod/,
      fix: /describe pod sensor-/,
    },
  },
  {
    name: "nobody leads",
    plant: async (it) => {
      const renewTime = "2026-01-01T00:00:00.000000Z";
      const spec = { holderIdentity: "iotedged-gone_1", leaseDurationSeconds: 15, renewTime };
      await it.apply({
        apiVersion: "coordination.k8s.io/v1",
        kind: "Lease",
        metadata: { name: "iotedged", namespace: it.namespace },
        spec,
      });
    },
    ...{ id: "leader", severity: "error", message: /no pod of iotedged leads/, fix: /describe lease iotedged/ },
  },
  {
    name: "the workload CA ends soon, by iotedged's own word",
    plant: async (it) => {
      const [pod] = await it.podsOf("iotedged");
      await record(
        it,
        {},
        { [pod?.metadata.name ?? ""]: { ...replica, root: replica.ca, caNotAfter: Date.now() + 5 * day } },
      );
    },
    undo: (it) => remove(it, "v1", "ConfigMap", objectNames.trustRecord),
    ...{ id: "certificates", severity: "warning", message: /workload CA ends soon/, fix: /npx edgectl up/ },
  },
  {
    name: "a proxy has an old trust bundle",
    plant: async (it) => {
      // Else it would have been changed just now.
      await forgetWriters(it, objectNames.trustBundle);
      const [pod] = await it.podsOf("sensor");
      const bundle = { hash: "a".repeat(64), at: Date.now() - day };
      await record(it, { [pod?.metadata.uid ?? ""]: { name: "sensor", module: "sensor", bundle, leaves: [] } }, {});
    },
    undo: (it) => remove(it, "v1", "ConfigMap", objectNames.trustRecord),
    ...{
      id: "trust-bundle",
      severity: "warning",
      message: /1 proxies have another trust bundle/,
      fix: /kubectl.* delete pod -n \S+ sensor-/,
    },
  },
  {
    name: "a module's account was given another id",
    plant: (it) =>
      it.patch(core(it, "serviceaccounts", "sensor"), {
        metadata: { annotations: { "net.azure-devices.edge.original-moduleid": "$edgeAgent" } },
      }),
    ...{
      id: "identity",
      severity: "error",
      component: "sensor",
      message: /says that it is \$edgeAgent/,
      fix: /npx edgectl restart sensor/,
    },
  },
  {
    name: "a module's account was deleted",
    plant: (it) => remove(it, "v1", "ServiceAccount", "sensor"),
    ...{
      id: "identity",
      severity: "error",
      component: "sensor",
      message: /its account is gone/,
      fix: /npx edgectl restart sensor/,
    },
  },
  {
    name: "a proxy does not trust iotedged",
    plant: async (it) => {
      it.logs.set("/sensor-", '{"msg":"request","proxyError":"upstream","cause":"certificate verify failed"}\n');
      await waitingProxy(it);
    },
    ...{
      id: "proxy",
      severity: "error",
      component: "sensor",
      message: /does not trust iotedged: certificate verify failed/,
      fix: /kubectl.* logs sensor-\S+ -c proxy/,
    },
  },
  {
    name: "a proxy has no token",
    plant: async (it) => {
      it.logs.set("/sensor-", '{"msg":"request","proxyError":"token","cause":""}\n');
      await waitingProxy(it);
    },
    ...{ id: "proxy", severity: "error", component: "sensor", message: /it has no token/, fix: /kubelet mounts it/ },
  },
  {
    name: "a module was refused because of its token's audience",
    plant: async (it) =>
      void it.logs.set("/iotedged", audit("token-audience", { account: "system:serviceaccount:x:y" })),
    ...{ id: "refusals", severity: "error", message: /refused 1 times at audience/, fix: /kubectl.* get pods/ },
  },
  {
    name: "a module asks more often than its budget lets it",
    plant: async (it) => void it.logs.set("/iotedged", audit("rate-limited", { module: "sensor", leftOut: 41 })),
    ...{
      id: "refusals",
      severity: "error",
      component: "sensor",
      message: /refused 42 times at budget/,
      fix: /iotedged\.requestsPerSecond.*npx edgectl up/,
    },
  },
  {
    name: "a module asks in the name of another",
    plant: async (it) => void it.logs.set("/iotedged", audit("access-self", { module: "sensor" })),
    ...{
      id: "refusals",
      severity: "warning",
      component: "sensor",
      message: /at access: it asked in the name of another module/,
      fix: /IOTEDGE_MODULEGENERATIONID/,
    },
  },
];
