import { expect, it } from "vitest";
import { parseManifest } from "./parse-manifest.ts";
import { describeProblem } from "./problems.ts";

const image = "registry.example.com/agent:1.4";

function parse(edgeAgent: object) {
  const parsed = parseManifest(JSON.stringify({ schemaVersion: "1.1", systemModules: { edgeAgent }, modules: {} }));
  return { ok: parsed.ok, warnings: parsed.warnings.map(describeProblem) };
}

it("names the installation's key for what EdgeAgent's entry asks for itself", () => {
  const createOptions = {
    HostConfig: { Memory: 268_435_456, LogConfig: { Type: "json-file" }, NanoCpus: 0 },
    "k8s-experimental": { nodeSelector: { site: "line-1" } },
    "k8s-extensions": { tolerations: [{ key: "line" }], priorityClassName: "edge" },
  };
  const env = { RuntimeLogLevel: { value: "debug" }, UpstreamProtocol: { value: "AmqpWs" } };
  const { ok, warnings } = parse({ type: "docker", env, settings: { image, createOptions } });
  const told = (path: string, remedy: string) =>
    `systemModules.edgeAgent.${path}: has no effect: EdgeAgent runs as the installation says. ${remedy}`;
  expect(ok).toBe(true);
  expect(warnings).toEqual([
    told("env.RuntimeLogLevel", "Use the installation's key edgeAgent.logLevel."),
    told("env.UpstreamProtocol", "Remove it: the installation has no key for it."),
    told("settings.createOptions.HostConfig.Memory", "Use the installation's key edgeAgent.resources."),
    told("settings.createOptions.HostConfig.LogConfig", "Remove it: the installation has no key for it."),
    told("settings.createOptions.k8s-experimental.nodeSelector", "Use the installation's key edgeAgent.nodeSelector."),
    told("settings.createOptions.k8s-extensions.tolerations", "Use the installation's key edgeAgent.tolerations."),
    told(
      "settings.createOptions.k8s-extensions.priorityClassName",
      "Use the installation's key edgeAgent.priorityClassName.",
    ),
  ]);
});

it.each([{}, { type: "docker" }, { settings: null }])("takes an entry without settings: %j", (entry) => {
  expect(parse(entry)).toEqual({ ok: true, warnings: [] });
});

it("refuses no manifest for what EdgeAgent would not have had anyway", () => {
  const createOptions = JSON.stringify({ User: "root", HostConfig: { Binds: ["/var/run/docker.sock:/docker.sock"] } });
  const { ok, warnings } = parse({ settings: { image, createOptions } });
  expect(ok).toBe(true);
  expect(warnings).toHaveLength(2);
});

it("says nothing of an entry as every manifest has it, and refuses one without an image", () => {
  expect(parse({ type: "docker", settings: { image, createOptions: "{}" } })).toEqual({ ok: true, warnings: [] });
  expect(parse({ type: "docker", settings: { createOptions: {} } }).ok).toBe(false);
  expect(parse({ settings: { image, createOptions: "{" } }).ok).toBe(false);
});

it("refuses no manifest for an image of EdgeAgent that nobody has filled in", () => {
  const createOptions = { HostConfig: { Memory: 1 } };
  const { ok, warnings } = parse({ settings: { image: "<registry>/agent:<version>", createOptions } });
  expect(ok).toBe(true);
  expect(warnings).toEqual([
    expect.stringContaining("settings.image: has no effect: EdgeAgent runs as the installation says. Leave it"),
    expect.stringContaining("HostConfig.Memory: has no effect"),
  ]);
});
