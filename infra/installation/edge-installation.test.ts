import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { EdgeInstallation } from "./edge-installation.ts";
import { recordProgram, settled } from "./test/recorded-program.ts";
import { images, recordInstallation } from "./test/sample.ts";

const objectsOfAnInstallation = [
  "ClusterRoleBinding iotedge:edge-a:auth-delegator",
  "ConfigMap edgeagent-deployment",
  "ConfigMap iotedged-agent-config",
  "ConfigMap iotedged-config",
  "ConfigMap iotedged-proxy-trust-bundle",
  "Deployment iotedged",
  "NetworkPolicy edgeagent",
  "NetworkPolicy iotedge-pull",
  "NetworkPolicy iotedged",
  "PodDisruptionBudget iotedged",
  "Role edgeagent",
  "Role iotedged",
  "RoleBinding edgeagent",
  "RoleBinding iotedged",
  "Secret iotedged-identity",
  "Secret iotedged-workload-ca",
  "Service iotedged",
  "ServiceAccount edgeagent",
  "ServiceAccount iotedged",
  "ValidatingAdmissionPolicy iotedge-edge-a-edgeagent-workloads",
  "ValidatingAdmissionPolicy iotedge-edge-a-module-accounts",
  "ValidatingAdmissionPolicy iotedge-edge-a-module-pods",
  "ValidatingAdmissionPolicyBinding iotedge-edge-a-edgeagent-workloads",
  "ValidatingAdmissionPolicyBinding iotedge-edge-a-module-accounts",
  "ValidatingAdmissionPolicyBinding iotedge-edge-a-module-pods",
];

describe.each([
  ["in a preview", true],
  ["in an update", false],
])("EdgeInstallation %s", (_, preview) => {
  it("declares the objects of an installation and no others", async () => {
    const { resources } = await recordInstallation({}, { preview });
    const objects = resources
      .filter(({ type }) => type.startsWith("kubernetes:"))
      .map(({ inputs }) => `${inputs.kind} ${inputs.metadata.name}`);
    expect(objects.sort()).toEqual(objectsOfAnInstallation);
  });

  it("puts every namespaced object into the namespace and labels all", async () => {
    const { resources } = await recordInstallation({ namespace: "plant", name: "line-1" }, { preview });
    const objects = resources.filter(({ type }) => type.startsWith("kubernetes:")).map(({ inputs }) => inputs);
    for (const { kind, metadata } of objects) {
      expect(metadata.namespace, kind).toBe(/^(Cluster|Validating)/.test(kind) ? undefined : "plant");
      expect(metadata.labels, kind).toMatchObject({
        "app.kubernetes.io/instance": "line-1",
        "app.kubernetes.io/part-of": "iotedge",
      });
    }
  });

  it("is the parent of all, and hands down its Kubernetes provider", async () => {
    const { resources, result } = await recordInstallation({ createNamespace: true, nodeObserver: true }, { preview });
    const children = resources.filter(({ type }) => type.startsWith("kubernetes:") || type.startsWith("tls:"));
    for (const { type, name, options, provider } of children) {
      const owner = name === "edge-a-root-r1" ? "edge-a-root-r1" : "edge-a";
      const parent = options.parent as pulumi.ComponentResource & { readonly __name: string };
      expect(parent.__name, `${type} ${name}`).toBe(owner);
      if (owner === "edge-a") expect(parent, `${type} ${name}`).toBe(result);
      expect(name, type).toMatch(/^edge-a($|-)/);
      if (type.startsWith("kubernetes:")) expect(provider, name).toMatch(/::cluster::/);
    }
  });

  it("gives its children names that are unique by type", async () => {
    const { resources } = await recordInstallation({ createNamespace: true, nodeObserver: true }, { preview });
    const names = resources.map(({ type, name }) => `${type} ${name}`);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe("EdgeInstallation", () => {
  it("shows what others need to know of it", async () => {
    const { result } = await recordInstallation({ namespace: "plant", name: "line-1" });
    expect(await settled(result.installationName)).toBe("line-1");
    expect(await settled(result.namespace)).toBe("plant");
    expect(await settled(result.audience)).toBe("iotedge:plant/line-1");
    expect(await settled(result.workloadUri)).toBe("https://iotedged.plant.svc:35001");
    expect(await settled(result.managementUri)).toBe("https://iotedged.plant.svc:35000");
    expect(await settled(result.trustBundleSha256)).toMatch(/^[0-9a-f]{64}$/);
  });

  it("declares the namespace when told to, before everything in it", async () => {
    const { find, all } = await recordInstallation({ createNamespace: true });
    const namespace = find("Namespace", "edge-a");
    expect(namespace.inputs.metadata.labels).toMatchObject({ "pod-security.kubernetes.io/enforce": "restricted" });
    const [account] = all("ServiceAccount");
    expect(account?.options.deletedWith).toBeInstanceOf(k8s.core.v1.Namespace);
    expect([account?.options.dependsOn].flat()).toEqual([account?.options.deletedWith]);
    expect(find("ClusterRoleBinding").options.deletedWith).toBeUndefined();
  });

  it("protects what cannot be made again, and nothing that has to be renewed", async () => {
    const { resources } = await recordInstallation({ createNamespace: true, protect: true });
    const guarded = resources.filter(({ options }) => options.protect).map(({ type, name }) => `${type} ${name}`);
    expect(guarded.sort()).toEqual([
      "kubernetes:core/v1:Namespace edge-a",
      "tls:index/privateKey:PrivateKey edge-a-identity",
      "tls:index/privateKey:PrivateKey edge-a-root-r1",
    ]);
  });

  it("takes outputs of other resources for its arguments", async () => {
    const { find, result } = await recordInstallation({
      namespace: pulumi.output("plant"),
      images: { ...images, iotedged: pulumi.output("r/iotedged:2") },
      iotedged: { replicas: pulumi.output(2) },
    });
    const { metadata, spec } = find("Deployment").inputs;
    expect(metadata.namespace).toBe("plant");
    expect(spec.replicas).toBe(2);
    expect(spec.template.spec.containers[0].image).toBe("r/iotedged:2");
    expect(find("ClusterRoleBinding", "iotedge:plant:auth-delegator").inputs.subjects[0].namespace).toBe("plant");
    expect(await settled(result.audience)).toBe("iotedge:plant/plant");
  });

  it("can stand several times in a stack", async () => {
    const config = { "kubernetes:enableConfigMapMutable": "true", "kubernetes:enableSecretMutable": "true" };
    const declare = () => {
      for (const namespace of ["a", "b"]) new EdgeInstallation(`edge-${namespace}`, { namespace, images });
    };
    const { all } = await recordProgram(declare, { config });
    expect(all("Deployment").map(({ inputs }) => inputs.metadata.namespace)).toEqual(["a", "b"]);
  });
});
