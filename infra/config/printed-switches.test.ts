import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { ModulePolicySchema, type ModuleSettings } from "#contract";
import { moduleSwitches, parseManifest } from "#manifest";
import { settingsOfModules } from "../installation/index.ts";
import { formatCheck } from "../manifest-check/format.ts";
import { judgeManifest } from "../manifest-check/index.ts";
import { loadConfig } from "./load-config.ts";
import { images, sampleSource } from "./test/sample-source.ts";

const ofModule = (createOptions: object, more: object = {}) => ({
  schemaVersion: "1.1",
  modules: { a: { type: "docker", settings: { image: "r/a:1", createOptions }, ...more } },
});
const claims = { "k8s-extensions": { volumeClaims: { data: { size: "2Gi" } } } };
const acr = { address: "r.plant", username: "u", password: "p" };

/** For each door of the policy, and for each switch beside it, a manifest that needs it. */
const needing: Readonly<Record<string, object>> = {
  hostPaths: ofModule({ HostConfig: { Binds: ["/srv/a:/a"] } }),
  hostNetwork: ofModule({ HostConfig: { NetworkMode: "host" } }),
  hostPid: ofModule({ HostConfig: { PidMode: "host" } }),
  hostIpc: ofModule({ HostConfig: { IpcMode: "host" } }),
  privileged: ofModule({ HostConfig: { Privileged: true } }),
  root: ofModule({ User: "root" }),
  capabilities: ofModule({ HostConfig: { CapAdd: ["NET_ADMIN"] } }),
  devices: ofModule({ HostConfig: { Devices: [{ PathOnHost: "/dev/ttyUSB0", PathInContainer: "/dev/ttyUSB0" }] } }),
  gpu: ofModule({ HostConfig: { DeviceRequests: [{ Count: 1, Capabilities: [["gpu"]] }] } }),
  hostPorts: ofModule({ HostConfig: { PortBindings: { "10250/tcp": [{ HostPort: "10250" }] }, NetworkMode: "host" } }),
  priorityClasses: ofModule({ "k8s-extensions": { priorityClassName: "plant" } }),
  tolerations: ofModule({ "k8s-extensions": { tolerations: [{ key: "edge", operator: "Exists" }] } }),
  nodeLabels: ofModule({ "k8s-experimental": { nodeSelector: { line: "1" } } }),
  annotations: ofModule({ Labels: { "com.example.vendor": "1" } }),
  registryCredentials: { ...ofModule({}), runtime: { settings: { registryCredentials: { acr } } } },
  jobs: ofModule({}, { restartPolicy: "never" }),
  "volumes.create": ofModule({ HostConfig: { Binds: ["data:/data"] }, ...claims }),
};
/** Of these, nobody but who deploys knows what to write: a number that the image has, and one of three ways. */
const chosen = ["userNumbers", "groupNumbers", "hostPorts"];

/** What the stack's installation makes of a stack with `edgeAgent` as given. */
function settingsWith(edgeAgent: object): ModuleSettings {
  const installations = [{ namespace: "edge-a", edgeAgent }];
  const [installation] = loadConfig(sampleSource({ images, installations })).installations;
  return settingsOfModules(installation as Parameters<typeof settingsOfModules>[0], {
    imagePullSecrets: [],
    hasRegistries: false,
  });
}

const closed = { jobs: false, volumes: { size: "3Gi", deletion: "delete" } } as const;
const waysOut = (problems: readonly { readonly remedy: string }[]) =>
  problems.map(({ remedy }) => remedy).filter((remedy) => /edgeAgent\.(?!hostPorts)/.test(remedy));

describe("the block that a manifest's check prints", () => {
  it("is there for every door and every switch", () => {
    expect(Object.keys(needing).sort()).toEqual(
      [...Object.keys(ModulePolicySchema.properties), ...moduleSwitches].sort(),
    );
  });

  it.each(Object.entries(needing))("makes a manifest that needs %s accepted, with all its effect", (key, manifest) => {
    const text = JSON.stringify(manifest);
    const judgement = judgeManifest(text, settingsWith(closed), "edge-a");
    expect(judgement.findings.map(({ needs }) => needs)).toContain(key);
    expect(judgement.acceptedWithPolicy).toBe(true);
    const printed = formatCheck({ file: "f", judgements: [judgement] });
    const [, block = ""] = /once the installation has:\n((?: .*\n)+)/.exec(printed) ?? [];
    const { edgeAgent } = parse(block) as { readonly edgeAgent: object };
    const parsed = parseManifest(text, settingsWith({ ...closed, ...edgeAgent }));
    expect(parsed).toMatchObject({ ok: true });
    expect(waysOut(parsed.warnings)).toEqual([]);
    expect(settingsWith({ ...closed, ...edgeAgent }).volumes).toMatchObject(closed.volumes);
  });

  it("has all at once, of a manifest that is wrong otherwise as well", () => {
    const { runtime, modules } = { ...needing.registryCredentials, ...needing.root } as Record<string, object>;
    const judge = (more: object) =>
      judgeManifest(
        JSON.stringify({ schemaVersion: "1.1", modules: { ...modules, ...more }, runtime }),
        settingsWith(closed),
        "x",
      );
    const { modules: jobs } = needing.jobs as { readonly modules: { readonly a: object } };
    const printed = formatCheck({ file: "f", judgements: [judge({ b: jobs.a })] });
    expect(printed).toContain(`It is accepted, and all of it has its effect, once the installation has:
  edgeAgent:
    registryCredentials: true
    jobs: true
    policy: {"root":true}
or in place of this policy the narrowest profile that holds all of it, and more:
    policy: {"profile":"hub"}
`);
    const wrong = formatCheck({ file: "f", judgements: [judge({ b: { type: "none" } })] });
    expect(wrong).toContain("the installation needs:\n  edgeAgent:\n    registryCredentials: true\n    policy: ");
  });

  it("knows every key of an installation that the parser names as a way out", () => {
    const folder = join(import.meta.dirname, "../../runtime/manifest");
    const files = readdirSync(folder).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
    // What EdgeAgent's own options are called in an installation opens nothing.
    const sources = files
      .filter((name) => name !== "edge-agent-options.ts")
      .map((name) => readFileSync(join(folder, name), "utf8"));
    const named = sources.flatMap((source) => [
      ...source.matchAll(/(?<!`)edgeAgent\.([a-z][A-Za-z]*(?:\.[a-z][A-Za-z]*)?)(?![`])/g),
    ]);
    const keys = new Set(named.map(([, key = ""]) => key).filter((key) => !key.startsWith("policy")));
    expect([...keys].sort()).toEqual([...moduleSwitches, ...chosen].sort());
  });
});
