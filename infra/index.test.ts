import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it, vi } from "vitest";
import program from "./index.ts";
import { isSecretInput, recordProgram, revealed, settled } from "./installation/test/recorded-program.ts";

const images = { iotedged: "r/iotedged:1", edgeAgent: "r/edge-agent:1", proxy: "r/proxy:1" };
const local = { images, installations: [{ namespace: "a" }, { namespace: "b", name: "line-b" }] };

function configOf(values: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [`iotedge:${key}`, JSON.stringify(value)]));
}

describe("the program", () => {
  it("declares the configured installations and shows them by name", async () => {
    const { all, result } = await recordProgram(program, { config: configOf(local) });
    expect(all("EdgeInstallation").map(({ name }) => name)).toEqual(["a", "line-b"]);
    expect(Object.keys(result.installations)).toEqual(["a", "line-b"]);
    expect(await settled(pulumi.output(result.installations["line-b"]))).toMatchObject({
      namespace: "b",
      audience: "iotedge:b/line-b",
      workloadUri: "https://iotedged.b.svc:35001",
    });
  });

  it("shows each value by itself, so that what a preview knows is not hidden by what it does not", async () => {
    const { result } = await recordProgram(program, { config: configOf(local) });
    for (const value of Object.values(result.installations.a ?? {})) expect(pulumi.Output.isInstance(value)).toBe(true);
    expect(pulumi.Output.isInstance(result.installations.a)).toBe(false);
  });

  it("can run for one stack after another in a process", async () => {
    const namespacesOf = async (...namespaces: string[]) => {
      const config = configOf({ images, installations: namespaces.map((namespace) => ({ namespace })) });
      const { all } = await recordProgram(program, { config });
      return all("EdgeInstallation").map(({ name }) => name);
    };
    expect(await namespacesOf("a")).toEqual(["a"]);
    expect(await namespacesOf("b", "c")).toEqual(["b", "c"]);
  });

  it("warns of what in a manifest does not do what it asks for, by the installation's name", async () => {
    const warn = vi.spyOn(pulumi.log, "warn").mockResolvedValue();
    const modules = { web: { type: "docker", settings: { image: "r/web:latest" } } };
    const desired = { schemaVersion: "1.1", modules };
    const deployment = { modulesContent: { $edgeAgent: { "properties.desired": desired } } };
    const config = configOf({ images, installations: [{ namespace: "a", name: "line-a", deployment }] });
    await recordProgram(program, { config });
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]?.[0]).toMatch(/^installation line-a: modules\.web\.settings\.image: /);
    warn.mockRestore();
  });

  it("gives the Pulumi CLI an error to show as it is, with the coded one behind it", async () => {
    const config = configOf({ ...local, installations: [{ namespace: "A" }, { namespac: "b" }] });
    const thrown = await recordProgram(() => program().catch((error: unknown) => error), { config });
    expect(pulumi.RunError.isInstance(thrown.result)).toBe(true);
    expect(thrown.result).toMatchObject({
      message: expect.stringMatching(/^EDGE_CONFIG_INVALID: .* 3 problems:\n(.*\n){3}Correct the listed keys/),
      cause: { code: "EDGE_CONFIG_INVALID" },
    });
    expect(thrown.resources.filter(({ type }) => type !== "pulumi:pulumi:Stack")).toEqual([]);
  });

  it("hands every Kubernetes object to its own provider", async () => {
    const { resources } = await recordProgram(program, { config: configOf(local) });
    const objects = resources.filter(({ type }) => type.startsWith("kubernetes:"));
    expect(objects.length).toBeGreaterThan(30);
    for (const { name, provider } of objects) expect(provider, name).toContain("::kubernetes::");
  });
});

describe("the provider", () => {
  const providerOf = async (kubernetes: object, secretKeys: readonly string[] = []) => {
    const { find } = await recordProgram(program, { config: configOf({ ...local, kubernetes }), secretKeys });
    return find("kubernetes").inputs;
  };

  it("is strict about a cluster that the stack names", async () => {
    vi.stubEnv("KUBECONFIG", "/home/me/config");
    expect(await providerOf({ context: "factory-3" })).toMatchObject({
      strictMode: "true",
      context: "factory-3",
      kubeconfig: "/home/me/config",
      clusterIdentifier: "factory-3",
    });
    vi.unstubAllEnvs();
  });

  it("leaves an unnamed cluster to the ambient kubeconfig", async () => {
    const inputs = await providerOf({});
    for (const key of ["strictMode", "context", "clusterIdentifier"]) expect(inputs).not.toHaveProperty(key);
  });

  it.each([[{}], [{ context: "factory-3" }]])("changes Secrets and ConfigMaps in place with %j", async (kubernetes) => {
    expect(await providerOf(kubernetes)).toMatchObject({ enableSecretMutable: "true", enableConfigMapMutable: "true" });
  });

  it("keeps a kubeconfig's content secret, and its path readable", async () => {
    const content = "apiVersion: v1\nkind: Config\n";
    const { kubeconfig } = await providerOf({ context: "a", kubeconfig: content }, ["iotedge:kubernetes"]);
    expect(revealed(kubeconfig)).toBe(content);
    expect(isSecretInput((await providerOf({ context: "a", kubeconfig: "/a" })).kubeconfig)).toBe(false);
  });
});

describe("the program's secrets", () => {
  it("are refused where they would end up readable in the cluster", async () => {
    const options = { config: configOf(local), secretKeys: ["iotedge:installations"] };
    const { result } = await recordProgram(() => program().catch((error: Error) => error.message), options);
    expect(result).toContain("installations is encrypted");
  });
});
