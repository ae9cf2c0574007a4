import { expect, it } from "vitest";
import type { JsonObject } from "#base";
import { iotedgedSettings } from "../../../test/fakes/settings.ts";
import { checkSection } from "../../../test/iot-hub/twin/limits.ts";
import { createManifestSource } from "../manifest-source.ts";
import type { Report, ReportedModule } from "../status/reported-properties.ts";
import { reportedModules, sampleReport } from "../status/test/sample-report.ts";
import { reportedTwin } from "./reported-twin.ts";

const status = {
  runtimeStatus: "running",
  statusDescription: "Started at 2026-01-01T00:00:00Z",
  exitCode: 0,
  restartCount: 2,
  lastStartTimeUtc: "2026-01-01T00:00:00Z",
  imageHash: `sha256:${"a".repeat(64)}`,
} as const;

const reported = (ids: readonly string[], more: Partial<ReportedModule> = {}) =>
  reportedModules(ids, "registry.test/i:1", { status, ...more });
const platform = { os: "Kubernetes", architecture: "[]" };
const report = (more: Partial<Report> = {}) => sampleReport({ platform, modules: reported(["sensor"]), ...more });
/** What IoT Hub would refuse, the fake refuses too. */
const acceptable = (document: JsonObject) => checkSection("reported", document as never, 400);
const modulesIn = (document: JsonObject) => document.modules as JsonObject;

it("has the shape of the original's, and nothing that only this project has", () => {
  const [edgeAgent] = reported(["x"]);
  const document = reportedTwin(report({ edgeAgent, modules: reported(["sensor"], { relaxations: ["root"] }) }));
  acceptable(document);
  expect(document).toEqual({
    schemaVersion: "1.0",
    version: { version: "0.1.0" },
    lastDesiredVersion: 7,
    lastDesiredStatus: { code: 200, description: "" },
    runtime: {
      type: "docker",
      settings: {},
      platform: { os: "Kubernetes", architecture: "[]", version: "0.1.0" },
    },
    systemModules: { edgeAgent: expect.objectContaining({ runtimeStatus: "running" }) },
    modules: {
      sensor: {
        type: "docker",
        version: "1.2",
        status: "running",
        restartPolicy: "always",
        imagePullPolicy: "on-create",
        runtimeStatus: "running",
        statusDescription: status.statusDescription,
        exitCode: 0,
        restartCount: 2,
        lastStartTimeUtc: status.lastStartTimeUtc,
        settings: { image: "registry.test/i:1", imageHash: status.imageHash },
      },
    },
  });
  expect(JSON.stringify(document)).not.toContain("canary");
});

it("says which deployment of the hub a module comes from", () => {
  const module = { ...(reported(["sensor"])[0] as ReportedModule) };
  const document = reportedTwin(
    report({ modules: [{ ...module, module: { ...module.module, configuration: "line-a" } }] }),
  );
  acceptable(document);
  expect(modulesIn(document)).toMatchObject({ sensor: { configuration: { id: "line-a" } } });
});

it.each([
  [400, '{"schemaVersion": "1.1", "modules": {"a": {}}}'],
  [412, '{"modules": {}}'],
  [412, '{"schemaVersion": "2.0", "modules": {}}'],
  [417, undefined],
])("says %i of a manifest %s", (code, text) => {
  const source = createManifestSource(iotedgedSettings.installation, undefined, true);
  source.look({ text, version: 8 });
  const document = reportedTwin(report({ verdict: source.verdict, desiredVersion: source.version }));
  acceptable(document);
  expect(document).toMatchObject({ lastDesiredVersion: 8, lastDesiredStatus: { code } });
});

it("says 406 before it has read the desired properties, and 500 of what it could not bring about", () => {
  const { verdict } = createManifestSource(iotedgedSettings.installation, undefined, true);
  expect(reportedTwin(report({ verdict })).lastDesiredStatus).toMatchObject({ code: 406 });
  const modules = reported(["sensor"], { failure: new Error("no quota") });
  expect(reportedTwin(report({ modules })).lastDesiredStatus).toEqual({ code: 500, description: "no quota" });
});

it.each([50, 200, 2000])("fits into a twin with %i modules, and tells of as many as it can", (count) => {
  const ids = Array.from({ length: count }, (_, index) => `module-${index}-${"x".repeat(20)}`);
  const long = { ...status, statusDescription: "ä".repeat(512) };
  const modules = reported(ids, { status: long, failure: new Error("ü".repeat(6000)) });
  const document = reportedTwin(report({ modules }));
  acceptable(document);
  expect(Object.keys(modulesIn(document))).toHaveLength(count <= 200 ? count : 0);
});

it("leaves out modules whose ids no twin can have", () => {
  const document = reportedTwin(report({ modules: reported(["a.b", "a b", "fine"]) }));
  acceptable(document);
  expect(Object.keys(modulesIn(document))).toEqual(["fine"]);
});
