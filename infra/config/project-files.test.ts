import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { SchemaNode } from "../../runtime/base/allowed.ts";
import { checkConfig, loadConfig } from "./load-config.ts";
import { ConfigSchema } from "./schema.ts";
import { type ConfigSource, sourceFromEntries } from "./source.ts";
import { images } from "./test/sample-source.ts";

const projectRoot = fileURLToPath(new URL("../..", import.meta.url));
const readYaml = (file: string) => parse(readFileSync(`${projectRoot}/${file}`, "utf8"));

function stackSource(stack: string, changes: Readonly<Record<string, unknown>> = {}): ConfigSource {
  const config = { ...readYaml(`stacks/Pulumi.${stack}.yaml`).config, ...changes };
  const entries = Object.entries(config).map(([key, value]): [string, string] => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  return sourceFromEntries({ stack, projectRoot, entries });
}

interface Declared {
  readonly default?: object;
  readonly items?: { readonly type: string };
}

describe("Pulumi.yaml", () => {
  const { config } = readYaml("Pulumi.yaml");

  it("declares every key of the schema with its type, description and default", () => {
    const declared = Object.fromEntries(Object.entries(config).filter(([key]) => !key.includes(":")));
    const expected = Object.entries(ConfigSchema.properties).map(([key, schema]) => {
      const { type, description, default: fallback, items: item } = schema as SchemaNode & Declared;
      const items = type === "array" && { items: { type: item?.type } };
      return [key, { type, ...items, description, ...(fallback !== undefined && { default: fallback }) }];
    });
    expect(declared).toEqual(Object.fromEntries(expected));
  });

  it("lets no object end up in a cluster that the program did not choose", () => {
    expect(config["pulumi:disable-default-providers"]).toEqual({ value: ["kubernetes"] });
  });
});

describe("stack `local`", () => {
  it("is two installations with three modules each", () => {
    const modules = { sample: "r/sample:1" };
    const { cluster, installations } = loadConfig(stackSource("local", { "iotedge:images": { ...images, modules } }));
    expect(cluster).toBeUndefined();
    expect(
      installations.map(({ namespace, tokenReview, nodeObserver }) => [namespace, tokenReview, nodeObserver]),
    ).toEqual([
      ["edge-a", "delegator", true],
      ["edge-b", "minimal", false],
    ]);
    for (const { deployment } of installations) {
      const { modules: declared, systemModules } = JSON.parse(deployment ?? "").modulesContent.$edgeAgent[
        "properties.desired"
      ];
      expect(Object.keys(declared)).toEqual(["consumer", "sensor"]);
      expect(systemModules.edgeHub.settings).toEqual({
        image: "r/sample:1",
        createOptions: { Cmd: ["hub"], ExposedPorts: { "8883/tcp": {} } },
      });
    }
  });
});

describe("stack `example`", () => {
  it("is valid", () => {
    expect(checkConfig(stackSource("example"))).toHaveProperty("config");
  });

  it("shows every key", () => {
    const { config } = readYaml("stacks/Pulumi.example.yaml");
    const shown = new Set(keysOf(config).map((key) => key.replace("iotedge:", "")));
    const { imagesFile: _, ...top } = ConfigSchema.properties;
    const { provisioning } = ConfigSchema.properties.installations.items.properties;
    const { deploymentFile: __, ...installation } = ConfigSchema.properties.installations.items.properties;
    // What can only stand beside something that is not the default, and is told of in a comment.
    const besideOthers = ["admissionPolicyOffBecause", "provisioning", ...Object.keys(provisioning.properties)];
    const known = [top, installation].flatMap((properties) => [
      ...Object.keys(properties),
      ...Object.values(properties).flatMap((schema) => Object.keys("properties" in schema ? schema.properties : {})),
    ]);
    expect(known.filter((key) => !shown.has(key) && !besideOthers.includes(key))).toEqual([]);
  });
});

function keysOf(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => [key, ...keysOf(item)]);
}
