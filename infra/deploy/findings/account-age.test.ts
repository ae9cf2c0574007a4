import { expect, it } from "vitest";
import type { LiveObject } from "../../kubernetes/index.ts";
import { hintsFor } from "../hints.ts";
import { assessInstallation } from "../installation-state.ts";

const [early, late] = ["2026-05-01T00:00:00Z", "2026-05-02T00:00:00Z"];
const matchLabels = { app: "iotedged" };
const live = (kind: string, name: string, metadata: object, more: object = {}): LiveObject => ({
  ...{ apiVersion: "v1", kind },
  metadata: { name, namespace: "a", uid: `${kind} ${name}`, resourceVersion: "1", ...metadata },
  ...more,
});
const deployment = live(
  "Deployment",
  "iotedged",
  { generation: 1 },
  {
    spec: { replicas: 1, selector: { matchLabels }, template: { spec: { containers: [{ image: "i" }] } } },
    status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1 },
  },
);
const settings = live("ConfigMap", "iotedged-agent-config", {}, { data: { "settings.json": '{"enabled":false}' } });
const account = live("ServiceAccount", "iotedged", { creationTimestamp: late });
const pod = (creationTimestamp: string, metadata: object = {}, phase = "Running") =>
  live("Pod", "iotedged-1", { creationTimestamp, labels: matchLabels, ...metadata }, { status: { phase } });

const hints = hintsFor({ kind: "local", context: "edge-local" }, "local");
const assess = (one: LiveObject, accounts: readonly LiveObject[] | undefined = [account]) =>
  assessInstallation(
    { namespace: "a", deployments: [deployment], pods: [one], accounts, configMaps: [settings], events: [] },
    hints,
  );

it("a daemon whose account was deleted is not ready, and is told with what makes its pods anew", () => {
  const state = assess(pod(early));
  expect(state.ready).toBe(false);
  expect(state.findings).toMatchObject([
    {
      id: "account-deleted",
      component: "iotedged",
      message: "its pod's token is of a ServiceAccount iotedged that was deleted",
      fix: expect.stringMatching(/kubectl .*delete pods -l app\.kubernetes\.io\/name=iotedged -n a$/),
    },
  ]);
});

it.each([
  ["was made after its account", pod(late)],
  ["ends", pod(early, { deletionTimestamp: late })],
  ["was evicted", pod(early, {}, "Failed")],
])("nothing is said of a pod that %s", (_, one) => expect(assess(one)).toMatchObject({ ready: true, findings: [] }));

it("nothing is said where the account is gone, or may not be seen", () => {
  for (const accounts of [[], undefined]) {
    const snapshot = { deployments: [deployment], pods: [pod(early)], configMaps: [settings], events: [] };
    const state = assessInstallation({ namespace: "a", accounts, ...snapshot }, hints);
    expect(state).toMatchObject({ ready: true, findings: [] });
  }
});

it("nothing is said once the node has put a token of the new account in the place of the old one", () => {
  const snapshot = { deployments: [deployment], pods: [pod(early)], configMaps: [settings], events: [] };
  const after = (minutes: number) =>
    assessInstallation(
      { namespace: "a", accounts: [account], now: Date.parse(late) + minutes * 60_000, ...snapshot },
      hints,
    );
  expect(after(59).ready).toBe(false);
  expect(after(61)).toMatchObject({ ready: true, findings: [] });
});
