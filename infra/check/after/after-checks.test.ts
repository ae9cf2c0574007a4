import { describe, expect, it } from "vitest";
import { bundleHash, componentSelector, dataKeys, labels, ports } from "#contract";
import { hintsFor, type InstallationState } from "../../deploy/index.ts";
import type { LiveObject } from "../../kubernetes/index.ts";
import { known } from "../model/observed.ts";
import { afterChecks } from "./after-checks.ts";
import type { AfterSeen } from "./observations.ts";

const namespace = "edge-a";
const now = Date.parse("2026-06-01T00:00:00Z");
const hints = hintsFor({ kind: "named", context: "plant" }, "line");
const meta = (name: string, more: object = {}) => ({ name, namespace, uid: name, resourceVersion: "1", ...more });
const object = (kind: string, name: string, rest: object, more: object = {}): LiveObject => ({
  ...{ apiVersion: "v1", kind, metadata: meta(name, more) },
  ...rest,
});
const configMap = (name: string, data: Readonly<Record<string, string>>) => object("ConfigMap", name, { data });

const servicePorts = (["workload", "management"] as const).map((name) => ({
  ...{ name, port: ports[name], targetPort: name },
}));
const service = (spec: object) =>
  object(
    "Service",
    "iotedged",
    { spec: { selector: componentSelector("iotedged", namespace), ports: servicePorts, ...spec } },
    { labels: { [labels.instance]: namespace } },
  );
const slice = (ready: boolean) => object("EndpointSlice", "iotedged-x", { endpoints: [{ conditions: { ready } }] });
const pod = (name: string, rest: object = {}, more: object = {}) => object("Pod", name, rest, more);
const lease = (spec: object) => object("Lease", "iotedged", { spec });
const renewTime = "2026-05-31T23:59:50.000000Z";

/** A module's pod, whose proxy runs. */
const modulePod = (started: boolean) =>
  pod(
    "sensor-1",
    {
      spec: { initContainers: [{ name: "proxy" }], containers: [{ name: "sensor" }] },
      status: { phase: "Running", initContainerStatuses: [{ name: "proxy", started, state: { running: {} } }] },
    },
    { labels: { [labels.module]: "sensor" } },
  );

const replica = { bundle: bundleHash(""), ca: "c".repeat(16), root: "d".repeat(16), caNotAfter: now * 2, at: now };
const record = (pods: object, replicas: object) =>
  configMap("iotedged-trust", { [dataKeys.trustRecord]: JSON.stringify({ pods, replicas }) });

/** What one of the checks says of what was seen; only what it looks at has to be there. */
function verdictOf(id: string, seen: Partial<AfterSeen>) {
  const check = afterChecks.find((one) => one.id === id);
  if (check === undefined) throw new Error(`there is no check ${id}`);
  const said = check.judge({ now, namespace, hints, ...seen } as AfterSeen);
  const [first] = Array.isArray(said) ? said : [said];
  return first;
}

const upAgain = "npx edgectl up --stack line --context plant";

describe("service", () => {
  const endpoints = known([slice(true)]);
  it.each([
    ["is there, and leads to iotedged", known(service({})), endpoints, "ok", ""],
    ["is gone", known(undefined), known([]), "error", `Make it again: ${upAgain}`],
    [
      "selects others",
      known(service({ selector: { app: "x" } })),
      endpoints,
      "error",
      `Make it anew: kubectl --context plant delete service iotedged -n edge-a; ${upAgain}`,
    ],
    [
      "has another port",
      known(service({ ports: [{ name: "workload", port: ports.workload, targetPort: 1 }] })),
      endpoints,
      "error",
      `Make it anew: kubectl --context plant delete service iotedged -n edge-a; ${upAgain}`,
    ],
    [
      "has nobody behind it",
      known(service({})),
      known([slice(false)]),
      "error",
      "See why: kubectl --context plant describe pods -l app.kubernetes.io/name=iotedged -n edge-a",
    ],
  ] as const)("%s", (_, seen, slices, severity, fix) => {
    expect(verdictOf("service", { service: seen, endpoints: slices })).toMatchObject({ severity, fix });
  });
});

describe("objects", () => {
  const all = { missing: known([]), iotedgedConfig: known(configMap("iotedged-config", { "config.json": "{}" })) };
  it("says which settings are no JSON", () => {
    const agentConfig = known(configMap("iotedged-agent-config", { "settings.json": "{" }));
    expect(verdictOf("objects", { ...all, agentConfig })).toMatchObject({
      severity: "error",
      evidence: "ConfigMap iotedged-agent-config, settings.json",
      fix: `Bring them back: ${upAgain}`,
    });
  });

  it("makes the pods of an account anew that it makes again", () => {
    const missing = known(["ServiceAccount iotedged", "Role iotedged"]);
    const agentConfig = known(configMap("iotedged-agent-config", { "settings.json": "{}" }));
    expect(verdictOf("objects", { ...all, missing, agentConfig })).toMatchObject({
      severity: "error",
      fix: `Make them again: kubectl --context plant delete pods -l app.kubernetes.io/name=iotedged -n edge-a; ${upAgain}`,
    });
  });

  it("has nothing to say of those that are", () => {
    const agentConfig = known(configMap("iotedged-agent-config", { "settings.json": "{}" }));
    expect(verdictOf("objects", { ...all, agentConfig })).toMatchObject({ severity: "ok" });
  });
});

describe("certificates", () => {
  const said = (pem: string) =>
    verdictOf("certificates", {
      trustBundle: known(configMap("iotedged-proxy-trust-bundle", { [dataKeys.trustBundle]: pem })),
      trustRecord: known(undefined),
      pods: known([]),
    });

  it.each([
    ["", /cannot be used: it holds no certificate/],
    ["-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", /cannot be used: certificate 1 /],
  ])("says why a bundle cannot be used, and not that it has ended: %j", (pem, message) => {
    expect(said(pem)).toMatchObject({ severity: "error", fix: `Bring it back: ${upAgain}` });
    expect(said(pem)?.message).toMatch(message);
  });
});

it("says nothing of the CA of a pod of iotedged that is gone: another has taken a new one meanwhile", () => {
  const soon = { ...replica, caNotAfter: now + 86_400_000 };
  const said = (pods: readonly LiveObject[]) => {
    const check = afterChecks.find(({ id }) => id === "certificates");
    const seen = {
      trustBundle: known(undefined),
      trustRecord: known(record({}, { "iotedged-1": soon })),
      pods: known(pods),
    };
    return [check?.judge({ now, namespace, hints, ...seen } as unknown as AfterSeen)].flat().map((one) => one?.message);
  };
  expect(said([pod("iotedged-1")])).toContain("the workload CA ends soon");
  expect(said([pod("iotedged-2")])).not.toContain("the workload CA ends soon");
});

describe("a proxy that has another trust bundle", () => {
  const minute = 60_000;
  const bundle = (writtenAt: number) =>
    object(
      "ConfigMap",
      "iotedged-proxy-trust-bundle",
      { data: { [dataKeys.trustBundle]: "" } },
      {
        managedFields: [
          { manager: "edgectl", time: new Date(writtenAt).toISOString(), fieldsV1: { "f:data": {} } },
          { manager: "kubectl-label", time: new Date(now).toISOString(), fieldsV1: { "f:metadata": {} } },
        ],
      },
    );
  const loaded = { name: "sensor-1", module: "sensor", bundle: { hash: "a".repeat(64), at: now - 1e9 }, leaves: [] };
  const said = (writtenAt: number, one: LiveObject) =>
    verdictOf("trust-bundle", {
      trustBundle: known(bundle(writtenAt)),
      trustRecord: known(record({ "sensor-1": loaded }, {})),
      pods: known([one]),
    });
  const over: LiveObject = { ...modulePod(true), status: { phase: "Succeeded" } };

  it("is told of", () => {
    expect(said(now - 10 * minute, modulePod(true))).toMatchObject({
      severity: "warning",
      fix: "Restart them: kubectl --context plant delete pod -n edge-a sensor-1",
    });
  });

  it("has a few minutes to take one that was changed just now", () => {
    expect(said(now - minute, modulePod(true))).toMatchObject({ severity: "ok" });
  });

  it("is of no matter in the pod of a Job that is over", () => {
    expect(said(now - 10 * minute, over)).toMatchObject({ severity: "ok" });
  });
});

describe("trust-bundle", () => {
  const said = (replicas: object) =>
    verdictOf("trust-bundle", {
      trustBundle: known(configMap("iotedged-proxy-trust-bundle", { [dataKeys.trustBundle]: "" })),
      trustRecord: known(record({}, replicas)),
      pods: known([pod("iotedged-1")]),
    });

  it.each([
    ["vouches for iotedged's CA", { "iotedged-1": replica }, "ok"],
    ["does not vouch for what it issues from", { "iotedged-1": { ...replica, root: "" } }, "error"],
    [
      "does not vouch for its own certificate",
      { "iotedged-1": { ...replica, serving: { ca: replica.ca, root: "", notAfter: now } } },
      "error",
    ],
    ["did not vouch for that of a pod that is gone", { "iotedged-0": { ...replica, root: "" } }, "ok"],
  ])("%s", (_, replicas, severity) => expect(said(replicas)).toMatchObject({ severity }));
});

describe("leader", () => {
  const said = (spec: object) =>
    verdictOf("leader", { leases: known([lease(spec)]), pods: known([pod("iotedged-1")]) });

  it.each([
    ["a pod leads", { holderIdentity: "iotedged-1_x", leaseDurationSeconds: 15, renewTime }, "ok", ""],
    ["another follows soon", { holderIdentity: "gone_x", leaseDurationSeconds: 15, renewTime }, "warning", /^Wait/],
    [
      "a pod that is gone holds the Lease for long",
      { holderIdentity: "gone_x", leaseDurationSeconds: 36_000, renewTime },
      "error",
      /^Free it: kubectl --context plant delete lease iotedged -n edge-a$/,
    ],
    ["nobody leads", { holderIdentity: "", leaseDurationSeconds: 1, renewTime }, "error", /describe lease iotedged/],
  ])("%s", (_, spec, severity, fix) => {
    expect(said(spec)).toMatchObject({ severity });
    expect(said(spec)?.fix).toMatch(fix);
  });
});

describe("proxy", () => {
  const said = (started: boolean, failures: readonly [string, { error: string; cause: string }][]) =>
    verdictOf("proxy", { pods: known([modulePod(started)]), proxyFailures: known(new Map(failures)) });

  it.each([
    ["is ready, and has forwarded all", true, [], "ok", /1 pods/],
    [
      "was ready, and does not reach iotedged",
      true,
      [["sensor-1", { error: "upstream", cause: "" }]],
      "error",
      /could not forward a request within the last minute: it does not reach iotedged/,
    ],
    [
      "was ready, and does not trust iotedged any more",
      true,
      [["sensor-1", { error: "upstream", cause: "certificate verify failed" }]],
      "error",
      /within the last minute: it does not trust iotedged: certificate verify failed/,
    ],
    ["has refused what the module has sent wrongly", true, [["sensor-1", { error: "request", cause: "" }]], "ok", /./],
    ["is not ready", false, [], "error", /cannot serve it: it has not reached iotedged/],
  ] as const)("%s", (_, started, failures, severity, message) => {
    const verdict = said(
      started,
      failures.map(([name, failure]) => [name, failure]),
    );
    expect(verdict).toMatchObject({ severity });
    expect(verdict?.message).toMatch(message);
  });
});

describe("hub-identities", () => {
  const identity = (moduleId: string, state: string) => ({ moduleId, generationId: "g", state });
  const said = (...identities: readonly object[]) =>
    verdictOf("hub-identities", {
      hub: known({ hubHostname: "hub.test", serviceHostname: undefined, webSocket: false, proxy: undefined }),
      state: known({
        hub: { hubHostname: "hub.test", deviceId: "d", state: "connected", since: "", identities },
      } as unknown as InstallationState),
    });

  it.each([
    ["a module that the hub refuses gets another id", identity("sensor", "refused"), /give the module another id/],
    ["an identity of somebody else's is left alone", identity("sensor", "foreign"), /delete what is in its way/],
    [
      "a device that is none of IoT Edge is made anew",
      identity("$edgeAgent", "refused"),
      /anew with `--edge-enabled`; /,
    ],
  ] as const)("%s", (_, one, fix) => {
    expect(said(one)).toMatchObject({ severity: "error", fix: expect.stringMatching(fix) });
  });

  it("has nothing to say of those that are ready", () => {
    expect(said(identity("$edgeAgent", "ready"))).toMatchObject({ severity: "ok" });
  });
});
