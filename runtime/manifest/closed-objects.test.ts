import { describe, expect, it } from "vitest";
import { closedNames, defaultModuleSettings, type ModuleSettings } from "#contract";
import { manifestText } from "../../test/fakes/edge-installation.ts";
import { parseManifest } from "./parse-manifest.ts";
import { describeProblem } from "./problems.ts";

const image = "registry.example.com/sample:1.0";
const own = ["our-ca", "runtime-pull"];
const settings: ModuleSettings = {
  ...defaultModuleSettings,
  policy: { ...defaultModuleSettings.policy, annotations: ["example.com", "vault.hashicorp.com"] },
  closedSecrets: own,
};

/** A manifest that names the Secret or ConfigMap `name` somewhere. */
type Way = (name: string) => string;

const withModule = (fields: object, createOptions: object = {}) =>
  manifestText({ sample: { ...fields, settings: { image, createOptions } } });
const volume = (source: object) =>
  withModule({}, { "k8s-experimental": { volumes: [{ volume: { name: "v", ...source }, volumeMounts: [] }] } });
const variable = (valueFrom: object) => withModule({ env: { V: { valueFrom } } });
const annotation = (key: string, value: string) =>
  withModule({}, { "k8s-extensions": { annotations: { [key]: value } } });
const escaped = (text: string) => [...text].map((char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);

const secretWays: Readonly<Record<string, Way>> = {
  volume: (secretName) => volume({ secret: { secretName } }),
  "optional volume": (secretName) => volume({ secret: { secretName, optional: true } }),
  "projected volume": (name) => volume({ projected: { sources: [{ secret: { name } }] } }),
  "CSI driver's parameters": (secretProviderClass) =>
    volume({ csi: { driver: "secrets-store.csi.k8s.io", volumeAttributes: { secretProviderClass } } }),
  "CSI driver's credentials": (name) => volume({ csi: { driver: "x", nodePublishSecretRef: { name } } }),
  "in-tree driver's credentials": (name) => volume({ cephfs: { monitors: ["m"], secretRef: { name } } }),
  variable: (name) => variable({ secretKeyRef: { name, key: "tls.key" } }),
  "pull Secret": (secretName) =>
    manifestText({}, { runtime: { type: "docker", settings: { registryCredentials: { a: { secretName } } } } }),
  "annotation of Vault's injector": (name) => annotation("vault.hashicorp.com/agent-extra-secret", name),
  "annotation of Reloader": (name) => annotation("secret.reloader.stakater.com/reload", `other,${name}`),
  "annotation of Istio's injector": (name) =>
    annotation("sidecar.istio.io/userVolume", JSON.stringify([{ name: "v", secret: { secretName: name } }])),
  "annotation in JSON's escapes": (name) =>
    annotation("sidecar.istio.io/userVolume", `[{"secret":{"secretName":"${escaped(name).join("")}"}}]`),
  "annotation's key": (name) => annotation(`inject.example.com/${name}`, "true"),
  "Docker label": (name) => withModule({}, { Labels: { "inject.example.com/secret": `path/${name}:tls.key` } }),
};
const configMapWays: Readonly<Record<string, Way>> = {
  volume: (name) => volume({ configMap: { name } }),
  "projected volume": (name) => volume({ projected: { sources: [{ configMap: { name } }] } }),
  variable: (name) => variable({ configMapKeyRef: { name, key: "settings.json" } }),
  annotation: (name) => annotation("configmap.reloader.stakater.com/reload", name),
};

const combinations = (ways: Readonly<Record<string, Way>>, names: readonly string[]) =>
  Object.entries(ways).flatMap(([way, make]) => names.map((name) => [name, way, make] as const));

describe("closed to manifests is", () => {
  it.each(combinations(secretWays, [...closedNames, ...own]))("Secret %s as %s", (name, _, make) => {
    const parsed = parseManifest(make(name), settings);
    expect(parsed.ok ? [] : parsed.errors.map(describeProblem)).not.toEqual([]);
  });

  it.each(combinations(configMapWays, closedNames))("ConfigMap %s as %s", (name, _, make) => {
    const parsed = parseManifest(make(name), settings);
    expect(parsed.ok ? [] : parsed.errors.map(describeProblem)).not.toEqual([]);
  });

  it("nothing that only a list of variables could name: there is none", () => {
    const text = withModule({}, { "k8s-experimental": { envFrom: [{ secretRef: { name: "our-ca" } }] } });
    const parsed = parseManifest(text, settings);
    expect(parsed.warnings.map(describeProblem)).toEqual([expect.stringContaining("envFrom")]);
    expect(JSON.stringify(parsed.ok && parsed.manifest)).not.toContain("our-ca");
  });
});

describe("open to manifests is", () => {
  it.each([
    ["a Secret of another name", secretWays.volume?.("our-ca-2")],
    ["a ConfigMap that is called as a Secret of the installation", configMapWays.volume?.("our-ca")],
    ["the trust bundle", configMapWays.volume?.("iotedged-proxy-trust-bundle")],
    ["a Secret whose name holds a closed one", annotation("vault.hashicorp.com/agent-extra-secret", "not-our-ca")],
    ["a text that speaks of the daemons", annotation("example.com/note", "run by iotedged and edgeagent")],
    ["a Secret of another installation's choice", variable({ secretKeyRef: { name: "their-ca", key: "k" } })],
  ])("%s", (_, text) => {
    const parsed = parseManifest(text ?? "", settings);
    expect(parsed.ok ? [] : parsed.errors.map(describeProblem)).toEqual([]);
  });
});
