import { describe, expect, test } from "vitest";
import { ResourceMonitor } from "./resource-monitor.ts";
import type { ResourceRequest } from "./resource-request.ts";
import { memoryStateStore } from "./state-store.ts";
import { systemTlsEnvironment } from "./tls/environment.ts";
import { type PropertyMap, secret, signatureKey, unknownValue } from "./values.ts";

function monitor(options: { preview?: boolean; disabled?: string[] } = {}) {
  return new ResourceMonitor({
    project: "edge",
    stack: "dev",
    preview: options.preview ?? false,
    disabledDefaultProviders: options.disabled ?? [],
    state: memoryStateStore(),
    tls: systemTlsEnvironment,
  });
}

function resource(type: string, name: string, more: Partial<ResourceRequest> = {}): ResourceRequest {
  const defaults = { parent: "", custom: true, remote: false, inputs: {}, provider: "", importId: "" };
  return { type, name, ...defaults, additionalSecretOutputs: [], aliases: [], ...more };
}

const configMap = (metadata: PropertyMap, data: PropertyMap = {}, more: Partial<ResourceRequest> = {}) =>
  resource("kubernetes:core/v1:ConfigMap", String(metadata.name ?? "c"), {
    inputs: { apiVersion: "v1", kind: "ConfigMap", metadata, data },
    ...more,
  });
const component = (name: string, parent = "") =>
  resource("iotedge:index:EdgeInstallation", name, { custom: false, parent });

describe("URNs", () => {
  test("carry the types of the parents, but not of the stack", async () => {
    const engine = monitor();
    const stack = await engine.register(resource("pulumi:pulumi:Stack", "edge-dev", { custom: false }));
    expect(stack.urn).toBe("urn:pulumi:dev::edge::pulumi:pulumi:Stack::edge-dev");
    const installation = await engine.register(component("a", stack.urn));
    expect(installation.urn).toBe("urn:pulumi:dev::edge::iotedge:index:EdgeInstallation::a");
    const child = await engine.register(configMap({ name: "c", namespace: "a" }, {}, { parent: installation.urn }));
    expect(child.urn).toBe("urn:pulumi:dev::edge::iotedge:index:EdgeInstallation$kubernetes:core/v1:ConfigMap::c");
  });

  test("are unique", async () => {
    const engine = monitor();
    await engine.register(component("a"));
    await expect(engine.register(component("a"))).rejects.toMatchObject({ code: "EDGE_RENDER_DUPLICATE_URN" });
  });
});

describe("Kubernetes objects", () => {
  test("outputs are the inputs, the id is namespace/name", async () => {
    const engine = monitor();
    const result = await engine.register(configMap({ name: "c", namespace: "a" }, { key: "value" }));
    expect(result.id).toBe("a/c");
    expect(result.outputs).toMatchObject({ data: { key: "value" }, metadata: { name: "c", namespace: "a" } });
  });

  test("the namespace is that of the provider, else `default`", async () => {
    const engine = monitor();
    const provider = await engine.register(
      resource("pulumi:providers:kubernetes", "p", { inputs: { namespace: "edge-a" } }),
    );
    const reference = `${provider.urn}::${provider.id}`;
    const inProvider = await engine.register(configMap({ name: "c" }, {}, { provider: reference }));
    expect(inProvider.outputs.metadata).toEqual({ name: "c", namespace: "edge-a" });
    expect((await engine.register(configMap({ name: "d" }))).id).toBe("default/d");
  });

  test("a cluster-scoped object gets none", async () => {
    const inputs = { apiVersion: "v1", kind: "Namespace", metadata: { name: "edge-a" } };
    const result = await monitor().register(resource("kubernetes:core/v1:Namespace", "n", { inputs }));
    expect(result.id).toBe("edge-a");
    expect(result.outputs.metadata).toEqual({ name: "edge-a" });
  });

  test("a preview does not know the id", async () => {
    expect((await monitor({ preview: true }).register(configMap({ name: "c" }))).id).toBeUndefined();
  });

  test("data of a Secret comes back secret", async () => {
    const inputs = { apiVersion: "v1", kind: "Secret", metadata: { name: "s" }, data: { key: "eA==" } };
    const options = { inputs, additionalSecretOutputs: ["data", "stringData"] };
    const result = await monitor().register(resource("kubernetes:core/v1:Secret", "s", options));
    expect(result.outputs.data).toEqual(secret({ key: "eA==" }));
  });

  test("two resources that declare one object are refused", async () => {
    const engine = monitor();
    await engine.register(configMap({ name: "c", namespace: "a" }));
    const again = configMap({ name: "c", namespace: "a" }, {}, { name: "other" });
    await expect(engine.register(again)).rejects.toMatchObject({ code: "EDGE_RENDER_DUPLICATE_OBJECT" });
    await engine.register(configMap({ name: "c", namespace: "b" }, {}, { name: "third" }));
    expect(engine.objects).toHaveLength(2);
  });

  test.each([
    ["no name", {}],
    ["an empty name", { name: "" }],
    ["a generated name", { generateName: "c-" }],
  ])("%s is refused", async (_, metadata) => {
    await expect(monitor().register(configMap(metadata))).rejects.toMatchObject({ code: "EDGE_RENDER_NAME_MISSING" });
  });
});

describe("secrets", () => {
  test.each([
    ["a value", { key: secret("s") }, "data.key"],
    ["all of data", secret({ key: "s" }) as PropertyMap, "data"],
    ["an unknown secret", { key: secret(unknownValue) }, "data.key"],
  ])("%s of a ConfigMap is refused", async (_, data, path) => {
    const failure = monitor({ preview: true }).register(configMap({ name: "c" }, data));
    await expect(failure).rejects.toMatchObject({ code: "EDGE_RENDER_SECRET_IN_CONFIGMAP" });
    await expect(failure).rejects.toThrow(`${path} is secret`);
  });

  test("of other objects are kept, and where they are", async () => {
    const engine = monitor();
    const spec = { token: secret("s"), open: "x" };
    const inputs = { apiVersion: "example.org/v1", kind: "Thing", metadata: { name: "t" }, spec };
    await engine.register(resource("kubernetes:example.org/v1:Thing", "t", { inputs }));
    expect(engine.objects[0]).toMatchObject({ object: { spec: { token: "s" } }, secrets: [["spec", "token"]] });
  });
});

describe("what cannot be rendered", () => {
  test.each([
    ["another provider's resource", resource("aws:s3/bucket:Bucket", "b"), "EDGE_RENDER_UNSUPPORTED_RESOURCE"],
    ["a patch", resource("kubernetes:core/v1:ConfigMapPatch", "p"), "EDGE_RENDER_UNSUPPORTED_RESOURCE"],
    ["a chart", resource("kubernetes:helm.sh/v3:Release", "r"), "EDGE_RENDER_UNSUPPORTED_RESOURCE"],
    ["a YAML file", resource("kubernetes:yaml/v2:ConfigFile", "f"), "EDGE_RENDER_UNSUPPORTED_RESOURCE"],
    ["another provider", resource("pulumi:providers:aws", "p"), "EDGE_RENDER_UNSUPPORTED_RESOURCE"],
    ["an import", configMap({ name: "c" }, {}, { importId: "a/c" }), "EDGE_RENDER_UNSUPPORTED_OPERATION"],
    ["a remote component", { ...component("a"), remote: true }, "EDGE_RENDER_UNSUPPORTED_OPERATION"],
    ["an unknown value", configMap({ name: "c" }, { key: unknownValue }), "EDGE_RENDER_UNKNOWN_VALUE"],
    [
      "an asset",
      configMap({ name: "c" }, { key: { [signatureKey]: "c44067f5952c0a294b673a41bacd8c17", text: "x" } }),
      "EDGE_RENDER_UNSUPPORTED_VALUE",
    ],
  ])("%s", async (_, request, code) => {
    await expect(monitor().register(request)).rejects.toMatchObject({ code });
  });

  test("the default provider where the stack forbids it", async () => {
    const failure = monitor({ disabled: ["kubernetes"] }).register(configMap({ name: "c" }));
    await expect(failure).rejects.toMatchObject({ code: "EDGE_RENDER_DEFAULT_PROVIDER" });
  });
});

test("an alias of the parent counts for the children", async () => {
  const engine = monitor();
  const key = (parent: string) =>
    resource("tls:index/privateKey:PrivateKey", "k", { parent, inputs: { algorithm: "ED25519" } });
  const before = await engine.register(component("old"));
  const first = await engine.register(key(before.urn));
  const after = await engine.register({ ...component("new"), aliases: [{ name: "old" }] });
  // Names of children of this fixture do not contain the parent's name, so the parent's type and name decide.
  const renamed = await engine.register({ ...key(after.urn), name: "k2", aliases: [{ name: "k" }] });
  expect(renamed.outputs.publicKeyPem).toBe(first.outputs.publicKeyPem);
  expect(renamed.outputs.privateKeyPem).toEqual(first.outputs.privateKeyPem);
});

test("outputs of the stack are kept, those of components are not", async () => {
  const engine = monitor();
  const stack = await engine.register(resource("pulumi:pulumi:Stack", "edge-dev", { custom: false }));
  engine.registerOutputs("urn:other", { a: 1 });
  engine.registerOutputs(stack.urn, { b: secret("s") });
  expect(engine.stackOutputs).toMatchObject({ value: { b: "s" }, secrets: [["b"]] });
});
