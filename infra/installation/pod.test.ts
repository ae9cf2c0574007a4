import type * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { mountPaths } from "#contract";
import { type IotedgedPodSettings, iotedgedPodTemplate } from "./pod.ts";
import { recordInstallation } from "./test/sample.ts";

const settings: IotedgedPodSettings = {
  image: "r/iotedged:1",
  imagePullPolicy: "IfNotPresent",
  imagePullSecrets: [],
  resources: { requests: { cpu: "50m" } },
  placement: {},
  workloadCaSecret: "iotedged-workload-ca",
  identitySecret: "iotedged-identity",
  provisioningSecret: "line-1-device",
  assignedUsers: false,
  configHash: "0",
};

// biome-ignore lint/suspicious/noExplicitAny: the SDK's input types allow outputs everywhere, of which there are none
const specOf = (changes: Partial<IotedgedPodSettings> = {}): any =>
  iotedgedPodTemplate({ name: "line-1", namespace: "plant" }, { ...settings, ...changes }).spec;

describe("pod of iotedged", () => {
  // https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
  it("satisfies the pod security level `restricted`", () => {
    const spec = specOf();
    expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
    expect(spec.securityContext.runAsUser).not.toBe(0);
    for (const field of ["hostNetwork", "hostPID", "hostIPC"]) expect(spec[field]).toBeUndefined();
    const kinds = spec.volumes.flatMap((volume: object) => Object.keys(volume)).filter((key: string) => key !== "name");
    expect(["configMap", "emptyDir", "projected", "secret"]).toEqual(expect.arrayContaining([...new Set(kinds)]));
    for (const container of spec.containers) {
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
      for (const port of container.ports) expect(port.hostPort).toBeUndefined();
    }
  });

  it("names no user and no group where the platform assigns them", () => {
    const numbers = (spec: { securityContext: object }) =>
      Object.keys(spec.securityContext).filter((key) => /^(runAsUser|runAsGroup|fsGroup)$/.test(key));
    expect(numbers(specOf())).toEqual(["runAsUser", "runAsGroup", "fsGroup"]);
    expect(numbers(specOf({ assignedUsers: true }))).toEqual([]);
    expect(specOf({ assignedUsers: true }).securityContext.runAsNonRoot).toBe(true);
  });

  it("mounts exactly what the contract names, read-only but for the scratch directory", () => {
    const { containers, volumes } = specOf();
    const mounts = containers[0].volumeMounts as { name: string; mountPath: string; readOnly?: boolean }[];
    const { moduleToken: _, ...expected } = mountPaths;
    expect(mounts.map(({ mountPath }) => mountPath).sort()).toEqual(Object.values(expected).sort());
    expect(mounts.filter(({ readOnly }) => !readOnly).map(({ mountPath }) => mountPath)).toEqual([mountPaths.scratch]);
    expect(volumes.map(({ name }: { name: string }) => name)).toEqual(mounts.map(({ name }) => name));
    for (const mount of mounts) expect(mount).not.toHaveProperty("subPath");
  });

  it("gets the API server's token by projection alone", () => {
    const { automountServiceAccountToken, volumes } = specOf();
    expect(automountServiceAccountToken).toBe(false);
    const { sources } = volumes.find(({ name }: { name: string }) => name === "kubernetes-token").projected;
    expect(sources[0].serviceAccountToken).toEqual({ path: "token", expirationSeconds: 3600 });
  });

  it("is probed on the observability port", () => {
    const [container] = specOf().containers;
    const probes = [container.startupProbe, container.livenessProbe, container.readinessProbe];
    expect(probes.map(({ httpGet }) => httpGet.path)).toEqual(["/startupz", "/livez", "/readyz"]);
    expect(container.ports).toContainEqual({ name: "observability", containerPort: 9600 });
    for (const { httpGet } of probes) expect(httpGet.port).toBe("observability");
  });

  it("names pull secrets and nodes only when there are any", () => {
    expect(specOf()).not.toHaveProperty("imagePullSecrets");
    expect(specOf()).not.toHaveProperty("nodeSelector");
    expect(specOf({ imagePullSecrets: ["a"] }).imagePullSecrets).toEqual([{ name: "a" }]);
    expect(specOf({ placement: { nodeSelector: { zone: "a" } } }).nodeSelector).toEqual({ zone: "a" });
  });
});

describe("Deployment of iotedged", () => {
  const hashOf = async (args: Parameters<typeof recordInstallation>[0]) => {
    const { find } = await recordInstallation(args);
    return find("Deployment").inputs.spec.template.metadata.annotations["iotedge.dev/config-hash"];
  };

  it("rolls when iotedged's settings change, and for nothing that is watched", async () => {
    const hash = await hashOf({});
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(await hashOf({ iotedged: { logLevel: "debug" } })).not.toBe(hash);
    expect(await hashOf({ edgeAgent: { enabled: false }, deployment: "{}" })).toBe(hash);
  });

  it("never has fewer pods ready than wanted while it rolls, and can be drained", async () => {
    const { find } = await recordInstallation({ iotedged: { replicas: 3 } });
    const { replicas, strategy, selector, template } = find("Deployment").inputs.spec;
    expect(replicas).toBe(3);
    expect(strategy.rollingUpdate).toEqual({ maxUnavailable: 0, maxSurge: 1 });
    expect(template.metadata.labels).toMatchObject(selector.matchLabels);
    expect(find("PodDisruptionBudget").inputs.spec).toEqual({ maxUnavailable: 1, selector });
    expect(find("Service").inputs.spec.selector).toEqual(selector.matchLabels);
  });

  it("waits for what its pods need", async () => {
    const { find } = await recordInstallation();
    const needs = [find("Deployment").options.dependsOn].flat() as pulumi.CustomResource[];
    const kinds = needs.map((resource) => resource.constructor.name);
    expect([...new Set(kinds)].sort()).toEqual([
      "ClusterRoleBinding",
      "ConfigMap",
      "Role",
      "RoleBinding",
      "Secret",
      "ServiceAccount",
      "ValidatingAdmissionPolicy",
      "ValidatingAdmissionPolicyBinding",
    ]);
  });
});
