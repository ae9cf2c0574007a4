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
