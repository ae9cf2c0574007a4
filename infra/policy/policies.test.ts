import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
// By path: Pulumi wants a package.json here, which ends the reach of the project's import names.
import { objectNames } from "../../runtime/contract/index.ts";
import { bundleProblems } from "./bundle-policy.ts";
import { certificateProblems } from "./certificates-policy.ts";
import { secretsIn } from "./config-map-policy.ts";
import { type PlannedResource, plannedResources } from "./plan.ts";
import { rbacFindings } from "./rbac-policy.ts";
import { frozenMounts } from "./trust-bundle-policy.ts";

const resource = (type: string, name: string, props: object): PlannedResource => ({
  urn: `urn:pulumi:dev::p::${type}::${name}`,
  type,
  name,
  props: props as PlannedResource["props"],
  provider: "default",
});
const rbac = (kind: string, name: string, content: object) =>
  resource(`kubernetes:rbac.authorization.k8s.io/v1:${kind}`, name, { metadata: { name }, ...content });

describe("rbac-risks", () => {
  const rules = [{ apiGroups: [""], resources: ["secrets"], verbs: ["get"] }];
  const subjects = [{ kind: "ServiceAccount", namespace: "ns", name: "bot" }];
  const bind = rbac("ClusterRoleBinding", "b", { roleRef: { kind: "ClusterRole", name: "r" }, subjects });

  it("finds what lint finds, at the resource that grants it", () => {
    const findings = rbacFindings([rbac("ClusterRole", "r", { rules }), bind]);
    expect(findings).toMatchObject([{ rule: { id: "secrets-read" }, severity: "critical", origin: { urn: bind.urn } }]);
  });
  it("reports rules that are not known before the update instead of skipping them", () => {
    const proxy = new Proxy(
      { metadata: { name: "r" }, rules: [] },
      {
        get: (target, key) => {
          if (key === "rules") throw new Error("string value at .rules can't be known during preview");
          return Reflect.get(target, key);
        },
      },
    );
    const [role] = plannedResources([
      { urn: "u", type: "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", name: "r", props: proxy },
    ]);
    expect(
      rbacFindings(role === undefined ? [] : [role, bind]).map(({ rule, severity }) => `${severity} ${rule.id}`),
    ).toEqual(["high unresolved"]);
  });
  it("keeps clusters of one stack apart", () => {
    const west = { ...rbac("ClusterRole", "r", { rules }), provider: "west" };
    expect(rbacFindings([west, bind]).map(({ rule }) => rule.id)).toEqual(["unresolved"]);
  });
});

describe("trust-bundle-mount", () => {
  const pod = (mount: object, volume: object = { configMap: { name: objectNames.trustBundle } }) => ({
    kind: "Deployment",
    spec: {
      template: {
        spec: {
          volumes: [{ name: "trust", ...volume }],
          containers: [{ name: "app", volumeMounts: [{ name: "trust", ...mount }] }],
        },
      },
    },
  });
  it("finds a mount by subPath, also from a projected volume and in a CronJob", () => {
    expect(frozenMounts(pod({ subPath: "trust_bundle.pem" }))).toEqual(["app"]);
    const projected = { projected: { sources: [{ configMap: { name: objectNames.trustBundle } }] } };
    expect(frozenMounts(pod({ subPathExpr: "x" }, projected))).toEqual(["app"]);
    expect(frozenMounts({ kind: "CronJob", spec: { jobTemplate: pod({ subPath: "x" }) } })).toEqual(["app"]);
  });
  it("leaves whole mounts and other ConfigMaps alone", () => {
    expect(frozenMounts(pod({}))).toEqual([]);
    expect(frozenMounts(pod({ subPath: "x" }, { configMap: { name: "other" } }))).toEqual([]);
    expect(frozenMounts({ kind: "ConfigMap" })).toEqual([]);
  });
});

describe("trust-bundle-content", () => {
  const certificate = readFileSync(
    new URL("../../test/fixtures/trust/state-of-one-root.json", import.meta.url),
    "utf8",
  );
  const pem = Object.values(JSON.parse(certificate).resources as Record<string, { outputs: { certPem?: string } }>)
    .map(({ outputs }) => outputs.certPem)
    .find((text) => text !== undefined) as string;
  const bundle = (text: string) => ({
    kind: "ConfigMap",
    metadata: { name: objectNames.trustBundle },
    data: { "trust_bundle.pem": text },
  });
  const now = new Date("2026-12-01T00:00:00Z");

  it.each([
    ["", "it holds no certificate"],
    [`${pem}${pem}`, "certificate 2 is in it twice"],
    [`${pem}-----BEGIN PRIVATE KEY-----`, "it holds a private key"],
    [pem.replace("MII", "NII"), "certificate 1 cannot be read"],
  ])("refuses bundle %#", (text, problem) => expect(bundleProblems(bundle(text), now)).toEqual([problem]));

  it("refuses one whose certificates have all ended", () => {
    expect(bundleProblems(bundle(pem), new Date("2046-01-01"))).toEqual(["every certificate in it has ended"]);
  });

  it("accepts a good one, one that is not known yet, and other ConfigMaps", () => {
    expect(bundleProblems(bundle(pem), now)).toEqual([]);
    expect(bundleProblems(bundle("04da6b54-80e4-46f7-96ec-b56ff0331ba9"), now)).toEqual([]);
    expect(bundleProblems({ kind: "ConfigMap", metadata: { name: "other" }, data: {} }, now)).toEqual([]);
  });
});

describe("no-secret-in-config-map", () => {
  const key = "-----BEGIN EC PRIVATE KEY-----\nx";
  const configMap = (fields: object) => ({ kind: "ConfigMap", apiVersion: "v1", ...fields });
  it.each([
    [{ data: { "a.pem": key } }, "a private key"],
    [{ binaryData: { "a.pem": Buffer.from(key).toString("base64") } }, "a private key"],
    [{ data: { "a.pem": `x eyJhbGciOiJSUzI1.eyJzdWIiOiJhYmNk.c2lnbmF0dXJl` } }, "a token"],
    [
      { data: { "a.pem": "HostName=h;SharedAccessKeyName=owner;SharedAccessKey=QUJDREVGR0hJSktMTU5PUFFSU1RVVg==" } },
      "a shared access key",
    ],
  ])("finds %j", (fields, what) => expect(secretsIn(configMap(fields))).toEqual([{ key: "a.pem", what }]));
  it("leaves certificates and Secrets alone", () => {
    expect(secretsIn(configMap({ data: { "ca.pem": "-----BEGIN CERTIFICATE-----" } }))).toEqual([]);
    expect(secretsIn({ kind: "Secret", apiVersion: "v1", data: { k: key } })).toEqual([]);
  });
});

describe("certificates-renewed", () => {
  const now = new Date("2026-11-22T00:00:00Z");
  const problems = (props: object) =>
    certificateProblems(resource("tls:index/selfSignedCert:SelfSignedCert", "ca", props), now);
  const good = { validityPeriodHours: 8760, earlyRenewalHours: 720, validityEndTime: "2027-11-22T00:00:00Z" };

  it("accepts one that is renewed in time, and one that is not made yet", () => {
    expect(problems(good)).toEqual([]);
    expect(problems({ ...good, validityEndTime: undefined })).toEqual([]);
  });
  it.each([
    [{ earlyRenewalHours: undefined }, /earlyRenewalHours is not set/],
    [{ earlyRenewalHours: 8760 }, /renewed at every deployment/],
    [{ validityPeriodHours: 0 }, /validityPeriodHours is 0/],
    [{ validityEndTime: "2026-11-21T00:00:00Z" }, /has ended/],
    [{ validityEndTime: "2026-12-01T00:00:00Z" }, /is to be renewed/],
  ])("refuses %j", (props, problem) => expect(problems({ ...good, ...props }).join(" ")).toMatch(problem));
});
