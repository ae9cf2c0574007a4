import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EdgeError } from "#base";
import { type AgentSettings, AgentSettingsSchema, defaultModuleSettings } from "#contract";
import { parseSettings, requireEnvironment } from "./settings.ts";

const container = { image: "registry/x:1", imagePullPolicy: "IfNotPresent", resources: {} } as const;
const valid: AgentSettings = {
  enabled: true,
  replicas: 1,
  edgeAgent: container,
  proxy: container,
  imagePullSecrets: [],
  modules: defaultModuleSettings,
  logLevel: "info",
};

describe("parseSettings", () => {
  it("gives the settings of a valid file", () => {
    expect(parseSettings(AgentSettingsSchema, "/etc/x.json", JSON.stringify(valid))).toEqual(valid);
  });

  it("names every wrong field and the file, but no value", () => {
    const text = JSON.stringify({ ...valid, enabled: "s3cr3t", logLevel: "loud" });
    const parse = () => parseSettings(AgentSettingsSchema, "/etc/x.json", text);
    expect(parse).toThrow(expect.objectContaining({ code: "EDGE_RUNTIME_SETTINGS_INVALID" }));
    expect(parse).toThrow(/\/etc\/x\.json.*enabled.*logLevel/s);
    expect(parse).not.toThrow(/s3cr3t/);
  });

  it("refuses an unknown key", () => {
    const text = JSON.stringify({ ...valid, surprise: 1 });
    expect(() => parseSettings(AgentSettingsSchema, "/etc/x.json", text)).toThrow(EdgeError);
  });

  it("answers any text with settings or with a coded error", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(() => parseSettings(AgentSettingsSchema, "/etc/x.json", text)).toThrow(EdgeError);
      }),
    );
  });
});

describe("requireEnvironment", () => {
  it("gives the variable's value", () => {
    expect(requireEnvironment({ POD_NAME: "a" }, "POD_NAME")).toBe("a");
  });

  it.each([{}, { POD_NAME: "" }])("refuses %j", (environment) => {
    expect(() => requireEnvironment(environment, "POD_NAME")).toThrow(/POD_NAME/);
  });
});
