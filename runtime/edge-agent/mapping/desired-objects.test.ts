import { expect, it } from "vitest";
import { dataKeys } from "#contract";
import { installation, manifestText } from "../../../test/fakes/edge-installation.ts";
import type { Module } from "../../manifest/manifest.ts";
import { createManifestSource, manifestOfConfigMap } from "../manifest-source.ts";
import { desiredObjects } from "./desired-objects.ts";

/** The modules of two manifests that follow each other, of which the second has another image for `changed`. */
function modulesBeforeAndAfter(): readonly (readonly Module[])[] {
  const source = createManifestSource(installation.identity.installation);
  return ["1", "2"].map((tag) => {
    const env = { A: { value: "1" } };
    const modules = { same: { env, settings: { image: "i:1" } }, changed: { settings: { image: `i:${tag}` } } };
    const data = { [dataKeys.deployment]: manifestText(modules) };
    source.look(manifestOfConfigMap({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "m" }, data }));
    return source.inForce?.modules ?? [];
  });
}

it("makes the objects of a module again only when its part of the manifest changed", () => {
  const [before = [], after = []] = modulesBeforeAndAfter().map((modules) =>
    modules.map((module) => desiredObjects(module, { ...installation }, "generation-1").workload),
  );
  expect(after[0]).toBe(before[0]);
  expect(after[1]).not.toBe(before[1]);
  expect(after[1]?.spec?.template.spec?.containers[0]?.image).toBe("i:2");
});

it.each<[string, typeof installation, string]>([
  ["the settings", { ...installation, settings: { ...installation.settings, logLevel: "debug" } }, "generation-1"],
  ["the identity", { ...installation, identity: { ...installation.identity, deviceId: "other" } }, "generation-1"],
  ["the owner", { ...installation, owner: { ...installation.owner, uid: "other" } }, "generation-1"],
  ["the generation", installation, "generation-2"],
])("makes them again when %s changed", (_, other, generation) => {
  const [[module] = []] = modulesBeforeAndAfter();
  if (module === undefined) throw new Error("no module");
  const before = desiredObjects(module, installation, "generation-1").workload;
  const after = desiredObjects(module, other, generation).workload;
  expect(after?.metadata.annotations).not.toEqual(before?.metadata.annotations);
});
