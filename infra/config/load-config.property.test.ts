import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkConfig, loadConfig } from "./load-config.ts";
import { ConfigSchema } from "./schema.ts";
import { sourceFromEntries } from "./source.ts";
import { images, sampleSource } from "./test/sample-source.ts";

const installationKeys = Object.keys(ConfigSchema.properties.installations.items.properties);
const anything = fc.jsonValue({ maxDepth: 4 });

/** Maps with the right keys and anything at all as values. */
const installation = fc.dictionary(fc.constantFrom(...installationKeys, "__proto__"), anything);
const values = fc.record(
  {
    installations: fc.oneof(fc.array(fc.oneof(installation, anything)), anything),
    images: fc.oneof(fc.constant(images), fc.dictionary(fc.string(), anything), anything),
    imagesFile: fc.oneof(fc.string(), anything),
    kubernetes: fc.oneof(fc.dictionary(fc.constantFrom("context", "kubeconfig"), anything), anything),
  },
  { requiredKeys: [] },
);

describe("checkConfig", () => {
  it("either accepts or names problems, whatever comes in", () => {
    fc.assert(
      fc.property(fc.oneof(values, fc.dictionary(fc.string(), anything)), (written) => {
        const checked = checkConfig(sampleSource(written));
        if ("config" in checked) {
          expect(checked.config.installations.length).toBeGreaterThan(0);
          return;
        }
        expect(checked.problems.length).toBeGreaterThan(0);
        expect(["EDGE_CONFIG_INVALID", "EDGE_CONFIG_IMAGES_MISSING"]).toContain(checked.error.code);
      }),
    );
  });

  it("survives texts that are no JSON where JSON belongs", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom("iotedge:installations", "iotedge:images"), fc.string()), (entries) => {
        const source = sourceFromEntries({ stack: "s", projectRoot: "/none", entries: Object.entries(entries) });
        expect("problems" in checkConfig(source)).toBe(true);
      }),
    );
  });

  it("accepts every list of distinct namespaces, and keeps its order", () => {
    const namespace = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/);
    fc.assert(
      fc.property(fc.uniqueArray(namespace, { minLength: 1 }), (namespaces) => {
        const installations = namespaces.map((name) => ({ namespace: name }));
        const config = loadConfig(sampleSource({ images, installations }));
        expect(config.installations.map(({ name }) => name)).toEqual(namespaces);
      }),
    );
  });
});
