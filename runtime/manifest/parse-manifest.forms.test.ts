import { describe, expect, it } from "vitest";
import { parseManifest } from "./parse-manifest.ts";

const desired = (createOptions: object, image = "r/a:1") => ({
  schemaVersion: "1.1",
  modules: { a: { type: "docker", settings: { image, createOptions } } },
});
const whole = (section: object) => ({ modulesContent: { $edgeAgent: section } });
const parse = (document: object) => parseManifest(JSON.stringify(document));
const place = "modules.a.settings.createOptions.HostConfig.";

describe("forms of a manifest", () => {
  it.each([
    ["the document", whole({ "properties.desired": desired({}) })],
    ["what IoT Hub's REST API has", { content: whole({ "properties.desired": desired({}) }) }],
    ["EdgeAgent's section", { $edgeAgent: { "properties.desired": desired({}) } }],
    ["its desired properties", desired({})],
  ])("%s is accepted", (_, document) => expect(parse(document)).toMatchObject({ ok: true, warnings: [] }));

  it("a byte-order mark is read over", () => {
    expect(parseManifest(`\ufeff${JSON.stringify(desired({}))}`)).toMatchObject({ ok: true });
  });

  it("a layer is told of as one", () => {
    const layer = { "properties.desired.modules.extra": { type: "docker", settings: { image: "r/a:1" } } };
    expect(parse(whole(layer))).toMatchObject({
      ok: false,
      errors: [
        {
          message: "is a layer over another deployment",
          remedy: expect.stringContaining("edgectl manifest check BASE LAYER"),
        },
      ],
    });
  });
});

describe("what users of Docker write", () => {
  const host = (options: object) => desired({ HostConfig: options });
  const bind = (text: string) => host({ Binds: [text] });
  it.each([
    [
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of a template
      "${DATA}:/data",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of a template
      'holds the placeholder "${DATA}", which is not filled in',
      "Write DATA=... in a file .env beside the manifest, or let the environment give it: iotedge:deploymentVariables: [DATA]",
    ],
    [
      "$DATA:/data",
      'holds the placeholder "$DATA", which is not filled in',
      "Write DATA=... in a file .env beside the manifest.",
    ],
    ["<folder>:/data", 'holds the placeholder "<folder>", which is not filled in', "Write the value in its place."],
    ["C:\\data:/data", "is a path of Windows", "Write one of the node"],
    ["c:/data:/data", "is a path of Windows", "Write one of the node"],
  ])("%s is refused for what it is", (text, message, remedy) => {
    expect(parse(bind(text))).toMatchObject({
      errors: [{ message: `${JSON.stringify(text)} ${message}`, remedy: expect.stringContaining(remedy) }],
    });
  });

  it("an image with capitals is refused with the name that it can have", () => {
    expect(parse(desired({}, "registry.example.com/MyModule:V1"))).toMatchObject({
      errors: [
        {
          message: '"registry.example.com/MyModule:V1" has capitals, which registries do not take',
          remedy: 'Write "registry.example.com/mymodule:V1".',
        },
      ],
    });
  });

  it("mounts and devices with placeholders are, too", () => {
    const mount = { Type: "bind", Source: "$DATA", Target: "/data" };
    const device = { PathOnHost: "<device>", PathInContainer: "/dev/x" };
    for (const options of [{ Mounts: [mount] }, { Devices: [device] }]) {
      const parsed = parse(host(options));
      expect(parsed).toMatchObject({ errors: [{ message: expect.stringContaining("which is not filled in") }] });
    }
  });

  it("the former key of the twins and a Pod's defaults are read", () => {
    const mounts = [{ name: "shm", mountPath: "/dev/shm", mountPropagation: "None", readOnly: "false", subPath: "" }];
    const volumes = [
      { volume: { name: "shm", emptyDir: { medium: "Memory", sizeLimit: 1024 } }, volumeMounts: mounts },
    ];
    const options = { "k8s-experimental": { volumes }, HostConfig: { ShmSize: 1024 } };
    const { modulesContent } = whole({ "properties.desired": desired(options) });
    expect(parse({ moduleContent: modulesContent })).toMatchObject({
      ok: true,
      warnings: [],
      manifest: { modules: [{ container: { mounts: [{ name: "shm", mountPath: "/dev/shm" }] } }] },
    });
  });

  it("a whole value of a variable that is a placeholder is told of, and never filled in where it is a secret", () => {
    const withEnv = (value: string, name = "X") => desired({ Env: [`${name}=${value}`] });
    for (const value of ["$SITE", "<site>", "{{site}}", "#SITE#", "__SITE"]) {
      expect(parse(withEnv(value))).toMatchObject({
        ok: true,
        warnings: [{ message: expect.stringContaining(value) }],
      });
    }
    expect(parse(withEnv("$DB_PASSWORD"))).toMatchObject({
      ok: false,
      errors: [{ remedy: expect.stringContaining('the module\'s env.X: {"valueFrom"') }],
    });
    for (const value of ["pa$word <b>", "$edgeHub", "$edgeAgent", "$upstream"]) {
      expect(parse(withEnv(value))).toMatchObject({ ok: true, warnings: [] });
    }
  });
});

describe("what a pod cannot give", () => {
  it.each([
    ["NetworkMode", "none", "takes what every pod has"],
    ["NetworkMode", "container:b", "is another container's namespace"],
    ["PidMode", "container:b", "is another container's namespace"],
    ["IpcMode", "Container:b", "is another container's namespace"],
  ])("%s %s is refused", (key, mode, message) => {
    expect(parse(desired({ HostConfig: { [key]: mode } }))).toMatchObject({
      ok: false,
      errors: [{ path: `${place}${key}`, message: expect.stringContaining(message) }],
    });
  });

  it.each([
    ["NetworkMode", "bridge"],
    ["NetworkMode", "azure-iot-edge"],
    ["IpcMode", "none"],
    ["IpcMode", "private"],
  ])("%s %s is what a pod has anyway", (key, mode) =>
    expect(parse(desired({ HostConfig: { [key]: mode } }))).toMatchObject({ ok: true, warnings: [] }),
  );
});

describe("images", () => {
  it("that no registry can have are refused before anybody pulls them", () => {
    expect(parse(desired({}, "registry.example.com/MyModule:1.0"))).toMatchObject({
      ok: false,
      errors: [{ path: "modules.a.settings.image", message: expect.stringContaining("has capitals") }],
    });
  });

  it("with a tag that moves are warned of", () => {
    expect(parse(desired({}, "r/a:latest"))).toMatchObject({
      ok: true,
      warnings: [{ path: "modules.a.settings.image", message: expect.stringContaining("another image tomorrow") }],
    });
  });
});

describe("a document of IoT Hub's or its tools'", () => {
  it("is told apart from a manifest where it is a module's twin", () => {
    expect(parse({ deviceId: "d", properties: { desired: desired({}) } })).toMatchObject({
      ok: false,
      errors: [{ path: "properties.desired", message: "is how a module's twin has it, and no deployment manifest" }],
    });
  });

  it("may say of which version a template is", () => {
    const template = { "$schema-template": "4.0.0", ...whole({ "properties.desired": desired({}) }) };
    expect(parse(template)).toMatchObject({ ok: true, warnings: [] });
  });
});
