import { expect, it } from "vitest";
import { defaultModuleSettings } from "#contract";
import { parseManifest } from "./parse-manifest.ts";
import { repeatedKeys } from "./repeated-keys.ts";

const manifest = (modules: string) =>
  `{"modulesContent":{"$edgeAgent":{"properties.desired":{"schemaVersion":"1.1","modules":{${modules}}}}}}`;
const errorsOf = (modules: string) => {
  const parsed = parseManifest(manifest(modules), defaultModuleSettings);
  return parsed.ok ? [] : parsed.errors.map(({ path, message }) => `${path}: ${message}`);
};
const module = (options: string) => `"a":{"settings":{"image":"r/a:1","createOptions":${options}}}`;

it("names each key that stands twice in one object, with both places", () => {
  const text = '{\n "a": {"x": [{"k": 1}, {"k": 1, "\\u006b": "}\\""}]},\n "b": {"a": 1},\n "a": 2\n}';
  expect(repeatedKeys(text)).toEqual([
    { path: "a.x[1].k", message: "is given twice, at 2:25 and at 2:33", remedy: expect.any(String) },
    { path: "a", message: "is given twice, at 2:2 and at 4:2", remedy: expect.any(String) },
  ]);
  expect(repeatedKeys('[{"a":1},{"a":1}]')).toEqual([]);
});

it("lets a manifest have no module, and no option, twice", () => {
  expect(errorsOf(module("{}"))).toEqual([]);
  expect(errorsOf(`${module("{}")},${module("{}")}`)).toEqual([
    expect.stringMatching(/^modules\.a: is given twice, at 1:\d+ and at 1:\d+$/),
  ]);
  const twice = '{"User":"1000","User":"1001"}';
  const told = "modules\\.a\\.settings\\.createOptions\\.User: is given twice";
  expect(errorsOf(module(twice))).toEqual([expect.stringMatching(new RegExp(`^${told}, at 1:\\d+ and at 1:\\d+$`))]);
  expect(errorsOf(module(JSON.stringify(twice)))).toEqual([
    expect.stringMatching(new RegExp(`^${told}, at 1:2 and at 1:16 of the text that holds it$`)),
  ]);
});

it("lets no option stand in two spellings, while keys of maps differ by theirs", () => {
  expect(errorsOf(module('{"User":"1000","user":"1001"}'))).toEqual([
    'modules.a.settings.createOptions.user: is "User" in another spelling, and one of the two would not count',
  ]);
  const parsed = parseManifest(
    manifest(module('{"User":"1000","Volumes":{"/Data":{},"/data":{}}}')),
    defaultModuleSettings,
  );
  const [one] = parsed.ok ? parsed.manifest.modules : [];
  expect(one?.container.mounts.map(({ mountPath }) => mountPath)).toEqual(expect.arrayContaining(["/Data", "/data"]));
});

it("reads texts that are written as numbers by their digits", () => {
  const modules =
    '"a":{"version":1.10,"env":{"BIG":{"value":12345678901234567890},"ODD":{"value":9007199254740993},"V":{"value":1.10}},' +
    '"settings":{"image":"r/a:1"}}';
  const parsed = parseManifest(manifest(modules), defaultModuleSettings);
  const [one] = parsed.ok ? parsed.manifest.modules : [];
  expect(one?.version).toBe("1.10");
  const values = ["BIG", "ODD", "V"].map((name) => one?.environment.get(name));
  expect(values).toEqual(["12345678901234567890", "9007199254740993", "1.10"]);
});
