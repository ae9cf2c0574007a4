import { describe, expect, it } from "vitest";
import { parseManifest } from "./parse-manifest.ts";
import { describeProblem } from "./problems.ts";

const image = "registry.example.com/plc:1.0";
const aliased = (...Aliases: string[]) => ({
  settings: { image, createOptions: { NetworkingConfig: { EndpointsConfig: { "azure-iot-edge": { Aliases } } } } },
});
const plain = { settings: { image } };

function parse(modules: Readonly<Record<string, object>>) {
  const parsed = parseManifest(JSON.stringify({ schemaVersion: "1.1", modules }));
  return {
    names: parsed.ok ? Object.fromEntries(parsed.manifest.modules.map(({ id, service }) => [id, service.names])) : {},
    errors: parsed.ok ? [] : parsed.errors.map(describeProblem),
    warnings: parsed.warnings.map(describeProblem),
  };
}

describe("a module is found", () => {
  it("by its id in small letters, and by what it is called in Docker's network", () => {
    const { names, warnings } = parse({ OpcPlc: plain, sensor: plain, plc: aliased("PLC", "Line-1"), "My Hub": plain });
    expect(names).toEqual({ OpcPlc: ["opcplc"], sensor: [], plc: ["line-1"], "My Hub": ["my-hub"] });
    expect(warnings).toEqual([]);
  });

  it("by no name that is another module's: ids that differ in capitals alone never share one", () => {
    const { names, warnings } = parse({ OpcPlc: plain, opcplc: plain });
    expect(names).toEqual({ OpcPlc: [], opcplc: [] });
    expect(warnings).toEqual([expect.stringMatching(/^modules.OpcPlc: is not found as opcplc, .* module "opcplc"/)]);
  });

  it("by no name that two ids have: which of them came first would decide", () => {
    const { names, warnings } = parse({ "my plc": plain, my_plc: plain });
    expect(names).toEqual({ "my plc": [], my_plc: [] });
    expect(warnings).toHaveLength(2);
  });

  it("by the name that it asks for rather than another by its id", () => {
    const { names, errors, warnings } = parse({ OpcPlc: plain, simulator: aliased("opcplc") });
    expect([names, errors]).toEqual([{ OpcPlc: [], simulator: ["opcplc"] }, []]);
    expect(warnings).toHaveLength(1);
  });
});

describe("a name in Docker's network is refused", () => {
  it.each(["a_b", "iotedged", "proxy", "edgehub", "plc-0123456789ab", ""])("that no Service can have: %s", (alias) => {
    const way = /^[a-z-]+[0-9a-f]*$/.test(alias) ? "Choose another one" : "Use small letters";
    expect(parse({ plc: aliased(alias) }).errors).toEqual([
      expect.stringMatching(new RegExp(`cannot be a module's name\\. ${way}`)),
    ]);
  });

  it("that is another module's, or asked for twice", () => {
    expect(parse({ plc: aliased("sensor"), sensor: plain }).errors).toEqual([
      'modules.plc.settings.createOptions.NetworkingConfig.EndpointsConfig: "sensor" is a name of module "sensor", too. Give each another name.',
    ]);
    expect(parse({ a: aliased("line"), b: aliased("line") }).errors).toHaveLength(1);
  });

  it("that is for one module alone, by a link", () => {
    const linked = (link: string) => ({ a: { settings: { image, createOptions: { HostConfig: { Links: [link] } } } } });
    expect(parse(linked("plc:line")).errors).toEqual([expect.stringContaining("for this one alone")]);
    expect(parse(linked("OpcPlc:opcplc")).errors).toEqual([]);
    expect(parse(linked("plc")).errors).toEqual([]);
  });
});

it("what else a network is told of a module has no effect, and that is said once", () => {
  const EndpointsConfig = { default: { IPAMConfig: { IPv4Address: "172.18.0.9" }, Aliases: null }, bridge: null };
  const fixed = { settings: { image, createOptions: { NetworkingConfig: { EndpointsConfig } } } };
  expect(parse({ a: fixed, b: fixed, "c d": fixed }).warnings).toEqual([
    "modules.a.settings.createOptions.NetworkingConfig.EndpointsConfig.default.IPAMConfig: has no effect: a pod has one address, in the cluster's network, here and in 2 other modules. Remove it.",
  ]);
});
