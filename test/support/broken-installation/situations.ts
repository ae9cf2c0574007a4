import { dataKeys, objectNames } from "#contract";
import { makeCa } from "./ca.ts";
import {
  changeSettings,
  core,
  day,
  heldLease,
  rbac,
  remove,
  removeIfThere,
  type Situation,
  upAgain,
} from "./ground.ts";

const admission = "admissionregistration.k8s.io/v1";
const modulePods = (namespace: string) => `iotedge-${namespace}-module-pods`;
const removeBinding: Situation["plant"] = (it) =>
  removeIfThere(it, admission, "ValidatingAdmissionPolicyBinding", modulePods(it.namespace));

/** @param pem makes the content */
const bundleOf =
  (pem: () => Promise<string> | string): Situation["plant"] =>
  async (it) =>
    it.patch(core(it, "configmaps", objectNames.trustBundle), { data: { [dataKeys.trustBundle]: await pem() } });
const endingIn = (days: number) => () => makeCa(Date.now() + days * day);

const rights: readonly Situation[] = [
  {
    name: "a Role was deleted",
    plant: (it) => remove(it, rbac, "Role", "iotedged"),
    ...{ id: "objects", severity: "error", message: /Role iotedged|1 objects are missing/, fix: upAgain },
  },
  {
    name: "a RoleBinding was deleted",
    plant: (it) => remove(it, rbac, "RoleBinding", "edgeagent"),
    ...{ id: "daemon-rights", severity: "error", message: /rights are missing/, fix: upAgain },
  },
  {
    name: "a Role lost its rules",
    plant: (it) => it.patch(`/apis/${rbac}/namespaces/${it.namespace}/roles/edgeagent`, { rules: [] }),
    ...{ id: "daemon-rights", severity: "error", message: /\d+ rights are missing/, fix: upAgain },
  },
  {
    name: "the right to review tokens was taken",
    plant: (it) => removeIfThere(it, rbac, "ClusterRoleBinding", `iotedge:${it.namespace}:auth-delegator`),
    ...{ id: "token-review", severity: "error", message: /may not create TokenReviews/, fix: upAgain },
  },
  {
    name: "an admission policy only warns",
    plant: (it) =>
      it.patch(`/apis/${admission}/validatingadmissionpolicybindings/${modulePods(it.namespace)}`, {
        spec: { validationActions: ["Warn"] },
      }),
    // A deployment does not take away what somebody else has added to its actions.
    undo: removeBinding,
    ...{
      id: "admission-policy",
      severity: "warning",
      message: /do not hold/,
      fix: /kubectl.* delete validatingadmissionpolicybinding \S+; npx edgectl up/,
    },
  },
  {
    name: "an admission policy has lost its binding",
    plant: removeBinding,
    ...{ id: "admission-policy", severity: "warning", message: /do not hold/, fix: /^Bring them back: npx edgectl up/ },
  },
  {
    name: "an admission policy was deleted",
    plant: (it) => removeIfThere(it, admission, "ValidatingAdmissionPolicy", modulePods(it.namespace)),
    ...{ id: "admission-policy", severity: "warning", message: /do not hold/, fix: /^Bring them back: npx edgectl up/ },
  },
];

const deleteFirst = /kubectl.* delete service iotedged -n \S+; npx edgectl up --stack edge-check-/;
const setService = (it: Parameters<Situation["plant"]>[0], spec: object) =>
  it.patch(core(it, "services", "iotedged"), { spec });

const ways: readonly Situation[] = [
  {
    name: "the Service was deleted",
    plant: (it) => remove(it, "v1", "Service", "iotedged"),
    ...{ id: "service", severity: "error", message: /there is no Service iotedged/, fix: upAgain },
  },
  {
    name: "the Service selects nobody",
    plant: (it) => setService(it, { selector: { "app.kubernetes.io/name": "x" } }),
    ...{ id: "service", severity: "error", message: /does not select iotedged's pods/, fix: deleteFirst },
  },
  {
    name: "the Service leads to a port at which nobody listens",
    plant: (it) => setService(it, { ports: [{ name: "workload", port: 35001, targetPort: 1 }] }),
    ...{ id: "service", severity: "error", message: /leads to other ports than iotedged's/, fix: deleteFirst },
  },
];

const settings: readonly Situation[] = [
  {
    name: "the deployment manifest was deleted",
    plant: (it) => remove(it, "v1", "ConfigMap", objectNames.deployment),
    ...{ id: "objects", severity: "error", message: /1 objects are missing/, fix: upAgain },
  },
  {
    name: "EdgeAgent was turned off by hand",
    plant: (it) =>
      changeSettings(it, objectNames.agentConfig, dataKeys.agentConfig, (settings) => {
        settings.enabled = false;
      }),
    ...{
      id: "edgeagent",
      severity: "warning",
      message: /turned off: the deployment manifest has no effect/,
      fix: upAgain,
    },
  },
  {
    name: "iotedged's Deployment was deleted",
    plant: (it) => remove(it, "apps/v1", "Deployment", "iotedged"),
    ...{ id: "iotedged", severity: "error", message: /Deployment iotedged does not exist/, fix: upAgain },
  },
  {
    name: "the installation has another name than its pods know",
    plant: (it) =>
      changeSettings(it, objectNames.iotedgedConfig, dataKeys.iotedgedConfig, ({ installation }) => {
        installation.name = "another";
      }),
    ...{
      id: "audience",
      severity: "error",
      component: "sensor",
      message: /for another audience/,
      fix: /npx edgectl up --stack edge-check-.*npx edgectl restart sensor/,
    },
  },
  {
    name: "a rollout has a stack locked",
    plant: (it) => it.apply(heldLease(`iotedge-${it.namespace}-rollout`, "default", "20261130-1@office")),
    undo: (it) => removeIfThere(it, "coordination.k8s.io/v1", "Lease", `iotedge-${it.namespace}-rollout`, "default"),
    ...{
      id: "stack-lock",
      severity: "warning",
      message: /a rollout has it locked: 20261130-1@office/,
      fix: /npx edgectl rollout status --run 20261130-1/,
    },
  },
];

const trust: readonly Situation[] = [
  {
    name: "the trust bundle was deleted",
    plant: (it) => remove(it, "v1", "ConfigMap", objectNames.trustBundle),
    ...{ id: "certificates", severity: "error", message: /there is no trust bundle/, fix: upAgain },
  },
  {
    name: "the trust bundle was emptied",
    plant: bundleOf(() => ""),
    ...{
      id: "certificates",
      severity: "error",
      message: /the trust bundle cannot be used: it holds no certificate/,
      fix: upAgain,
    },
  },
  {
    name: "what is in the trust bundle is no certificate",
    plant: bundleOf(() => "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
    ...{
      id: "certificates",
      severity: "error",
      message: /the trust bundle cannot be used: certificate 1 /,
      fix: upAgain,
    },
  },
  {
    name: "a CA ends within days",
    plant: bundleOf(endingIn(5)),
    ...{
      id: "certificates",
      severity: "warning",
      message: /ends in [45] days/,
      fix: /trust\.earlyRenewalDays.*npx edgectl up/,
    },
  },
  {
    name: "a CA has ended",
    plant: bundleOf(endingIn(-5)),
    ...{ id: "certificates", severity: "error", message: /expired/, fix: /npx edgectl up/ },
  },
];

/** What is broken by the API server alone, so that it is the same with real pods and with a stand-in's. */
export const situations: readonly Situation[] = [...rights, ...ways, ...settings, ...trust];
