import { describe, expect, it } from "vitest";
import type { FileFailure } from "../manifest-check/file-content.ts";
import { resolveDeployment } from "./deployment.ts";
import { sampleSource } from "./test/sample-source.ts";

const manifest = (modules: object) => ({
  modulesContent: { $edgeAgent: { "properties.desired": { schemaVersion: "1.1", modules } } },
});
const images = { sample: "r/sample:1", "filter.arm64": "r/filter:2" };
// biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholder of IoT Edge's templates
const sample = "${MODULES.sample}";
const path = ["installations", 0];

function resolve(deployment: object, moduleImages: Readonly<Record<string, string>> | undefined = images) {
  const written = { deployment: deployment as Record<string, unknown> };
  return resolveDeployment(sampleSource({}), written, path, {
    images: moduleImages,
    variables: [],
    hasRegistries: false,
  });
}

function modulesOf(resolved: ReturnType<typeof resolve>) {
  if (!("value" in resolved)) throw new Error(JSON.stringify(resolved));
  return JSON.parse(resolved.value.manifest).modulesContent.$edgeAgent["properties.desired"].modules;
}

const withEnv = (value: string) => ({ a: { env: { HERE: { value } }, settings: { image: "r/a:1" } } });
const ofImage = (image: string) => ({ a: { settings: { image } } });

describe("resolveDeployment", () => {
  it("puts images in for their keys, wherever they stand in a text", () => {
    const modules = { a: { settings: { image: sample, createOptions: `{"Image":"${sample}"}`, list: [sample, 1] } } };
    expect(modulesOf(resolve(manifest(modules)))).toEqual({
      a: { settings: { image: "r/sample:1", createOptions: '{"Image":"r/sample:1"}', list: ["r/sample:1", 1] } },
    });
  });

  it("takes keys with dots in them, as IoT Edge's templates have for architectures", () => {
    const written = ofImage(sample.replace("sample", "filter.arm64"));
    expect(modulesOf(resolve(manifest(written)))).toEqual(ofImage("r/filter:2"));
  });

  it("leaves other placeholders alone", () => {
    const other = sample.replace("MODULES", "OTHERS");
    const written = withEnv(`$HOME ${other}`);
    expect(modulesOf(resolve(manifest(written)))).toEqual(written);
  });

  it.each(["sampel", "constructor", ""])("names the unknown image key %j", (key) => {
    const placeholder = sample.replace("sample", key);
    expect(resolve(manifest({ a: placeholder, b: [placeholder] }))).toMatchObject({
      problems: [{ path: "installations[0].deployment", found: `names ${placeholder}` }],
    });
  });

  it("suggests the key that was probably meant", () => {
    const resolved = resolve(manifest({ a: sample.replace("sample", "sampel") }));
    expect(resolved).toMatchObject({ problems: [{ remedy: `Did you mean ${sample}?` }] });
  });

  it("does not blame the manifest when the images themselves are at fault", () => {
    const written = { deployment: manifest({ a: sample }) };
    expect(
      resolveDeployment(sampleSource({}), written, path, { images: undefined, variables: [], hasRegistries: false }),
    ).toHaveProperty("value");
  });

  it("reads the manifest from a file below the project's directory", () => {
    const source = sampleSource(
      {},
      { files: { "stacks/a.json": `\ufeff${JSON.stringify(manifest(ofImage(sample)))}` } },
    );
    expect(
      modulesOf(
        resolveDeployment(source, { deploymentFile: "stacks/a.json" }, path, {
          images,
          variables: [],
          hasRegistries: false,
        }),
      ),
    ).toEqual(ofImage("r/sample:1"));
  });

  it("says what is wrong with the file", () => {
    const files = {
      "bad.json": "{",
      "large.json": { failure: "too large" },
      "other.json": "{}",
      "wide.json": { failure: "UTF-16" },
    } as const;
    const found = (deploymentFile: string) => {
      const resolved = resolveDeployment(sampleSource({}, { files }), { deploymentFile }, path, {
        images,
        variables: [],
        hasRegistries: false,
      });
      return "problems" in resolved ? resolved.problems.map((problem) => problem.found) : [];
    };
    expect(found("bad.json")).toEqual([
      'is "bad.json", which is not valid JSON (line 1, column 2: a closing brace is missing)',
    ]);
    expect(found("none.json")).toEqual(['is "none.json", which does not exist']);
    expect(found("large.json")).toEqual(['is "large.json", which is too large']);
    expect(found("wide.json")).toEqual(['is "wide.json", which is UTF-16, and not UTF-8']);
    expect(found("other.json")).toEqual(["is missing (other.json:1:1)"]);
  });

  it("tells before anything is deployed what EdgeAgent would refuse, and lets be what the policy allows", () => {
    const deployment = manifest({ a: { settings: { image: "r/a:1", createOptions: { User: "root" } } } });
    const written = (policy: object) =>
      ({ deployment, edgeAgent: { policy } }) as unknown as Parameters<typeof resolveDeployment>[1];
    expect(
      resolveDeployment(sampleSource({}), written({}), path, { images, variables: [], hasRegistries: false }),
    ).toMatchObject({
      problems: [
        { path: "installations[0].deployment: modules.a.settings.createOptions.User", found: '"root" is root' },
      ],
    });
    expect(
      resolveDeployment(sampleSource({}), written({ root: true }), path, {
        images,
        variables: [],
        hasRegistries: false,
      }),
    ).toHaveProperty("value");
  });

  it.each([
    ["iotedged-registries", true, false],
    ["iotedged-registries", false, true],
    ["pull", false, false],
    ["own", true, true],
  ])(
    "lets no module read what the installation fetches images by: %s, registries: %s",
    (name, hasRegistries, isFine) => {
      const env = { X: { valueFrom: { secretKeyRef: { name, key: "k" } } } };
      const written = {
        deployment: manifest({ a: { env, settings: { image: "r/a:1" } } }),
        imagePullSecrets: ["pull"],
      };
      const resolved = resolveDeployment(sampleSource({}), written, path, { images, variables: [], hasRegistries });
      expect("value" in resolved).toBe(isFine);
    },
  );

  it("takes a manifest as IoT Hub's REST API has it", () => {
    expect(resolve({ content: manifest(ofImage(sample)) })).toHaveProperty("value");
  });

  it("merges layers over the manifest, each with what a .env beside it says", () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of a template
    const image = "${REGISTRY}/b:1";
    const layer = (modules: object) => ({
      modulesContent: { $edgeAgent: { "properties.desired.modules.b": modules } },
    });
    const files = {
      "base.json": JSON.stringify(manifest(ofImage(sample))),
      "layers/b.json": JSON.stringify(layer({ settings: { image } })),
      "layers/.env": "REGISTRY=registry.plant",
      "c.json": JSON.stringify({
        modulesContent: { $edgeAgent: { "properties.desired.modules.b.version": "2" } },
      }),
    };
    const written = { deploymentFile: "base.json", deploymentLayers: ["layers/b.json", "c.json"] };
    expect(
      modulesOf(
        resolveDeployment(sampleSource({}, { files }), written, path, { images, variables: [], hasRegistries: false }),
      ),
    ).toEqual({
      ...ofImage("r/sample:1"),
      b: { settings: { image: "registry.plant/b:1" }, version: "2" },
    });
    const inline = { deployment: manifest({}), deploymentLayers: ["c.json"] };
    expect(
      resolveDeployment(sampleSource({}, { files }), inline, path, { images, variables: [], hasRegistries: false }),
    ).toMatchObject({
      problems: [
        {
          path: "installations[0].deploymentLayers[0]: modulesContent.$edgeAgent.properties.desired.modules.b.version",
          found: 'changes a part of module "b", which neither the base nor a layer before it has (c.json:1:73)',
        },
      ],
    });
  });

  it("keeps the digits of numbers, also where layers are merged", () => {
    const value = '"V": { "value": 12345678901234567890 }, "W": { "value": 1.10 }';
    const base = JSON.stringify(manifest(withEnv("")));
    const files = {
      "base.json": base.replace('"HERE":{"value":""}', value),
      "layer.json": '{"modulesContent":{"$edgeAgent":{"properties.desired.modules.a.env.X":{"value":0.50}}}}',
    };
    const written = { deploymentFile: "base.json", deploymentLayers: ["layer.json"] };
    const resolved = resolveDeployment(sampleSource({}, { files }), written, path, {
      images,
      variables: [],
      hasRegistries: false,
    });
    const text = "value" in resolved ? resolved.value.manifest.replaceAll(/\s/g, "") : "";
    expect(text).toContain('"V":{"value":12345678901234567890},"W":{"value":1.10},"X":{"value":0.50}');
  });

  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: placeholders of a template
  const registry = { address: "r.plant", username: "${X}", password: "${X}" };
  it.each<readonly [string, unknown, string]>([
    ["runtime.settings.registryCredentials.p", registry, "is a placeholder that is not filled in"],
    ["runtime.settings.registryCredentials", { p: registry }, "is a placeholder that is not filled in"],
    ["modules.a.env.DB_PASSWORD.value", "${X}", 'holds the placeholder "${X}" for a credential'],
    ["modules.a.env", { DB_PASSWORD: { value: "${X}" } }, 'holds the placeholder "${X}" for a credential'],
    ["modules.a.settings.createOptions", '{"Env":["DB-PASSWORD=${X}"],"StopTimeout":${T}}', "for a credential"],
    ["modules.a.settings.createOptions", '{"StopTimeout":9,${E}}', 'is not JSON with the placeholder "${E}" in it'],
  ])("puts no credential into the ConfigMap by a layer, where its key stops at %s", (key, value, found) => {
    const layer = { modulesContent: { $edgeAgent: { [`properties.desired.${key}`]: value } } };
    const files = {
      "base.json": JSON.stringify(manifest(ofImage("r/a:1"))),
      "layer.json": JSON.stringify(layer),
      ".env": `X=hunter2\nT=9\nE='"Env":["DB_PASSWORD=hunter2"]'`,
    };
    const edgeAgent = { registryCredentials: true };
    const written = { deploymentFile: "base.json", deploymentLayers: ["layer.json"], edgeAgent };
    const resolved = resolveDeployment(
      sampleSource({}, { files }),
      written as unknown as Parameters<typeof resolveDeployment>[1],
      path,
      { images, variables: [], hasRegistries: false },
    );
    const problems = "problems" in resolved ? resolved.problems : [];
    expect(problems).not.toEqual([]);
    for (const problem of problems) expect(problem.found).toContain(found);
    expect(JSON.stringify(resolved)).not.toContain("hunter2");
  });
  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: placeholders of a template

  it.each<FileFailure>(["UTF-16", "a symbolic link", "too large"])(
    "refuses a .env that is %s, of which no name is read",
    (failure) => {
      const files = { "a.json": JSON.stringify(manifest(ofImage(sample))), ".env": { failure } };
      const resolved = resolveDeployment(sampleSource({}, { files }), { deploymentFile: "a.json" }, path, {
        images,
        variables: [],
        hasRegistries: false,
      });
      expect(resolved).toMatchObject({ problems: [{ found: `has beside a.json a .env that is ${failure}` }] });
    },
  );

  it("tells of keys that become one which these are, with their place", () => {
    const createOptions = { ExposedPorts: { "1883/tcp": {}, "${PORT}/tcp": {} } };
    const written = JSON.stringify(manifest({ a: { settings: { image: "r/a:1", createOptions } } }));
    const source = sampleSource({}, { files: { "plant/a.json": written, "plant/.env": "PORT=1883" } });
    const filling = { images, variables: [], hasRegistries: false };
    expect(resolveDeployment(source, { deploymentFile: "plant/a.json" }, path, filling)).toMatchObject({
      problems: [
        {
          // biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of a template
          path: 'installations[0].deploymentFile: modules.a.settings.createOptions.ExposedPorts["${PORT}/tcp"]',
          found: expect.stringMatching(/^"\$\{PORT\}\/tcp" becomes the same key .* \(plant\/a\.json:1:\d+\)$/),
        },
      ],
    });
  });

  it("warns of lines of a .env that do not do what they seem to, each file once", () => {
    const files = {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of a template
      "plant/a.json": JSON.stringify(manifest(ofImage("${REGISTRY}/a:1"))),
      "plant/layer.json": `{"modulesContent":{"$edgeAgent":{}}}`,
      "plant/.env": "REGISTRY=r.first\n-----\nREGISTRY=r.plant",
    };
    const written = { deploymentFile: "plant/a.json", deploymentLayers: ["plant/layer.json"] };
    const resolved = resolveDeployment(sampleSource({}, { files }), written, path, {
      images,
      variables: [],
      hasRegistries: false,
    });
    expect(modulesOf(resolved)).toEqual(ofImage("r.plant/a:1"));
    expect(resolved).toMatchObject({
      value: {
        warnings: [
          expect.stringMatching(/^plant\/\.env:2 is no NAME=value, and is passed over\. Write /),
          "plant/.env:3 sets REGISTRY again, after line 1; this line counts. Keep one of them.",
        ],
      },
    });
  });

  it("tells of no placeholder what it stands for, neither in a refusal nor in a warning", () => {
    // biome-ignore-start lint/suspicious/noTemplateCurlyInString: placeholders of a template
    const secret = "not_a_host-a1b2c3";
    const files = {
      "refused.json": JSON.stringify(
        manifest({ a: { settings: { image: "r/a:1", createOptions: { Hostname: "${H}" } } } }),
      ),
      "warned.json": JSON.stringify(manifest({ a: { settings: { image: "r/a:1", createOptions: { "${H}": 1 } } } })),
      ".env": `H=${secret}`,
    };
    const source = sampleSource({}, { files });
    const of = (deploymentFile: string) =>
      resolveDeployment(source, { deploymentFile }, path, { images, variables: [], hasRegistries: false });
    expect(of("refused.json")).toMatchObject({
      problems: [{ found: expect.stringContaining('"${H}" is not a host name (refused.json:1:') }],
    });
    const warned = of("warned.json");
    expect(warned).toMatchObject({
      value: {
        warnings: [
          expect.stringMatching(
            /^modules\.a\.settings\.createOptions\["\$\{H\}"\]: has no counterpart.* \(warned\.json:1:\d+\)\. /,
          ),
        ],
      },
    });
    // biome-ignore-end lint/suspicious/noTemplateCurlyInString: placeholders of a template
    expect(JSON.stringify([of("refused.json"), "value" in warned && warned.value.warnings])).not.toContain(secret);
  });

  it("refuses a file in which a key stands twice", () => {
    const base = JSON.stringify(manifest(ofImage("r/a:1"))).replace('"modules":{', '"modules":{"a":{},');
    const source = sampleSource({}, { files: { "base.json": base } });
    const resolved = resolveDeployment(source, { deploymentFile: "base.json" }, path, {
      images,
      variables: [],
      hasRegistries: false,
    });
    expect(resolved).toMatchObject({
      problems: [
        {
          path: "installations[0].deploymentFile: modules.a",
          found: expect.stringMatching(/is given twice, at 1:\d+ and at 1:\d+ of base\.json/),
        },
      ],
    });
  });

  it("takes of the environment what the stack lists, and nothing else", () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: placeholders of a template
    const deployment = manifest(withEnv("${SITE} ${EDGE_SITE} ${OTHER}"));
    const source = sampleSource({}, { variable: (name) => `<${name}>` });
    const taken = (...variables: string[]) =>
      modulesOf(resolveDeployment(source, { deployment }, path, { images, variables, hasRegistries: false })).a.env.HERE
        .value;
    // biome-ignore lint/suspicious/noTemplateCurlyInString: placeholders of a template
    expect(taken()).toBe("${SITE} ${EDGE_SITE} ${OTHER}");
    // biome-ignore lint/suspicious/noTemplateCurlyInString: placeholders of a template
    expect(taken("SITE", "EDGE_SITE")).toBe("<SITE> ${EDGE_SITE} ${OTHER}");
  });

  it("names the layer, its line and its column, for what is wrong in it and with it", () => {
    const user = { settings: { image: "r/b:1", createOptions: { User: "root" } } };
    const files = {
      "base.json": JSON.stringify(manifest({ a: { settings: { image: "r/a:1", createOptions: "{}" } } })),
      "root.json": JSON.stringify(
        { modulesContent: { $edgeAgent: { "properties.desired.modules.b": user } } },
        null,
        1,
      ),
      "second.json": JSON.stringify(manifest({})),
    };
    const problemsOf = (...deploymentLayers: string[]) => {
      const written = { deploymentFile: "base.json", deploymentLayers };
      const resolved = resolveDeployment(sampleSource({}, { files }), written, path, {
        images,
        variables: [],
        hasRegistries: false,
      });
      return "problems" in resolved ? resolved.problems.map((one) => `${one.path}: ${one.found}`) : [];
    };
    expect(problemsOf("root.json")).toEqual([
      'installations[0].deploymentLayers[0]: modules.b.settings.createOptions.User: "root" is root (root.json:8:15)',
    ]);
    expect(problemsOf("root.json", "second.json")).toEqual([
      "installations[0].deploymentLayers[1]: modulesContent.$edgeAgent.properties.desired: is a base of its own, and a device has one (second.json:1:55)",
    ]);
    expect(problemsOf("none.json")).toEqual([
      'installations[0].deploymentLayers[0]: is "none.json", which does not exist',
    ]);
  });

  it("has no modules when nothing is said", () => {
    expect(
      modulesOf(resolveDeployment(sampleSource({}), {}, path, { images, variables: [], hasRegistries: false })),
    ).toEqual({});
  });

  it("refuses what fits into no ConfigMap", () => {
    expect(resolve(manifest({ a: "x".repeat(1_000_000) }))).toMatchObject({
      problems: [{ found: "is a manifest of more than 1 MB" }],
    });
  });
});
