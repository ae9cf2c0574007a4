import { expect, it } from "vitest";
import { defaultModuleSettings } from "#contract";
import { iotedgedSettings } from "../../test/fakes/settings.ts";
import { createManifestSource, manifestOfConfigMap } from "./manifest-source.ts";

const good = JSON.stringify({ schemaVersion: "1.1", modules: { sensor: { settings: { image: "x" } } } });
const configMap = (text: string, resourceVersion = "5") =>
  manifestOfConfigMap({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "edgeagent-deployment", resourceVersion },
    data: { "deployment.json": text },
  });
const none = manifestOfConfigMap(undefined);

it("has nothing in force before it saw a good manifest", () => {
  const source = createManifestSource(iotedgedSettings.installation);
  expect(source.look(none)).toBe(false);
  expect(source.verdict.type).toBe("missing");
  expect(source.look(configMap("{"))).toBe(true);
  expect(source.inForce).toBeUndefined();
});

it("keeps the last good manifest in force when the next is bad or gone", () => {
  const source = createManifestSource(iotedgedSettings.installation);
  source.look(configMap(good));
  expect(source.verdict.type).toBe("accepted");
  source.look(configMap('{"schemaVersion": "7"}', "6"));
  expect(source.verdict).toMatchObject({ type: "refused", error: { code: "EDGE_AGENT_MANIFEST_INVALID" } });
  expect(source.version).toBe(6);
  source.look(none);
  expect(source.verdict).toMatchObject({ type: "missing", error: { code: "EDGE_AGENT_MANIFEST_MISSING" } });
  expect(source.inForce?.modules.map(({ id }) => id)).toEqual(["sensor"]);
});

it("sees no change where only the ConfigMap's metadata changed", () => {
  const source = createManifestSource(iotedgedSettings.installation);
  expect(source.look(configMap(good, "5"))).toBe(true);
  expect(source.look(configMap(good, "6"))).toBe(false);
  expect(source.version).toBe(5);
});

it("takes the twin's version where there is one", () => {
  const source = createManifestSource(iotedgedSettings.installation);
  source.look(configMap(JSON.stringify({ ...JSON.parse(good), $version: 42 })));
  expect(source.version).toBe(42);
});

it("names the first twenty problems and counts the rest", () => {
  const source = createManifestSource(iotedgedSettings.installation);
  const modules = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`m${index}`, {}]));
  source.look(configMap(JSON.stringify({ schemaVersion: "1.1", modules })));
  const { verdict } = source;
  if (verdict.type !== "refused") throw new Error(verdict.type);
  expect(verdict.error.message).toContain("modules.m19.");
  expect(verdict.error.message).not.toContain("modules.m20.");
  expect(verdict.error.message).toContain("and 10 more");
  expect(verdict.problems).toHaveLength(30);
});

it("gives modules on the network of their node ports for the proxy that are this installation's", () => {
  const settings = { ...defaultModuleSettings, policy: { ...defaultModuleSettings.policy, hostNetwork: true } };
  const createOptions = { HostConfig: { NetworkMode: "host" } };
  const text = JSON.stringify({ schemaVersion: "1.1", modules: { a: { settings: { image: "x", createOptions } } } });
  const [here, there] = ["line-1", "line-2"].map((name) => {
    const source = createManifestSource({ name, namespace: name }, () => settings);
    source.look(configMap(text));
    return source.inForce?.modules[0]?.proxyPorts?.workload;
  });
  expect(here).toBeGreaterThan(21_000);
  expect(there).not.toBe(here);
});
