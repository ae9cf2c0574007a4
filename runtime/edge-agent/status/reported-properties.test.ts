import { describe, expect, it } from "vitest";
import { modulesOf } from "../../../test/fakes/edge-installation.ts";
import { iotedgedSettings } from "../../../test/fakes/settings.ts";
import { createManifestSource } from "../manifest-source.ts";
import { type Report, type ReportedModule, reportedProperties } from "./reported-properties.ts";
import { reportedModules, sampleReport } from "./test/sample-report.ts";

const fine = { runtimeStatus: "running", statusDescription: "Started", exitCode: 0, restartCount: 2 } as const;

const reported = (ids: readonly string[], more: Partial<ReportedModule> = {}) =>
  reportedModules(ids, "i:1", { status: fine, ...more });
const platform = { os: "Kubernetes", architecture: '[{"name":"amd64","nodes_count":1}]' };
const report = (more: Partial<Report> = {}) => sampleReport({ platform, modules: reported(["sensor"]), ...more });

const written = (more: Partial<Report> = {}) => JSON.parse(reportedProperties(report(more)));

it("has the shape of IoT Edge's reported properties", () => {
  const [edgeAgent] = reported(["x"]);
  expect(written({ edgeAgent })).toEqual({
    schemaVersion: "1.1",
    version: { version: "0.1.0" },
    lastDesiredVersion: 7,
    lastDesiredStatus: { code: 200, description: "" },
    observed: { manifest: "m", settings: "s" },
    runtime: {
      type: "kubernetes",
      version: "0.1.0",
      platform: { os: "Kubernetes", architecture: '[{"name":"amd64","nodes_count":1}]' },
    },
    systemModules: { edgeAgent: expect.objectContaining({ runtimeStatus: "running" }) },
    modules: {
      sensor: {
        type: "docker",
        version: "1.2",
        status: "running",
        restartPolicy: "always",
        imagePullPolicy: "on-create",
        ...fine,
        settings: { image: "i:1" },
      },
    },
  });
});

it("tells the image's digest and the start-up order where they are known", () => {
  const imageHash = `sha256:${"0".repeat(64)}`;
  const [module] = modulesOf({ hub: { startupOrder: 3, settings: { image: "i:1" } } });
  if (module === undefined) throw new Error("no module");
  expect(written({ modules: [{ module, status: { ...fine, imageHash } }] }).modules.hub).toEqual({
    type: "docker",
    status: "running",
    restartPolicy: "always",
    imagePullPolicy: "on-create",
    startupOrder: 3,
    ...fine,
    settings: { image: "i:1", imageHash },
  });
});

it("holds no variable of any module", () => {
  expect(reportedProperties(report())).not.toContain("canary");
});

describe("the status of the deployment", () => {
  function verdictOf(text: string | undefined): Report["verdict"] {
    const source = createManifestSource(iotedgedSettings.installation);
    source.look({ text, version: 0 });
    return source.verdict;
  }

  it("names every problem of a refused manifest", () => {
    const verdict = verdictOf('{"schemaVersion": "1.1", "modules": {"a": {}, "b": {}}}');
    const { code, description } = written({ verdict }).lastDesiredStatus;
    expect(code).toBe(400);
    expect(description).toContain("modules.a.settings.image");
    expect(description).toContain("modules.b.settings.image");
  });

  it("says that there is none", () => {
    expect(written({ verdict: verdictOf(undefined) }).lastDesiredStatus.code).toBe(417);
  });

  it("tells of modules that could not be deployed, at their own entry too", () => {
    const status = written({ modules: reported(["a", "b"], { failure: new Error("quota of b") }) });
    expect(status.lastDesiredStatus).toEqual({ code: 500, description: "quota of b; quota of b" });
    expect(status.modules.a.statusDescription).toBe("quota of b");
  });

  it("tells what was accepted without effect", () => {
    const verdict = verdictOf('{"schemaVersion": "1.1", "modulse": {}}');
    expect(written({ verdict })).toMatchObject({
      lastDesiredStatus: { code: 200 },
      warnings: [expect.stringContaining("modulse: is not a known field")],
    });
  });
});

it("fits into a ConfigMap, however many modules there are", () => {
  const ids = Array.from({ length: 2000 }, (_, index) => `${"m".repeat(120)}-${index}`);
  const text = reportedProperties(
    report({ modules: reported(ids, { status: { ...fine, statusDescription: "x".repeat(512) } }) }),
  );
  expect(Buffer.byteLength(text)).toBeLessThan(900_000);
  expect(Object.values(JSON.parse(text).modules)).toHaveLength(2000);
  expect(JSON.parse(text).modules[ids[0] ?? ""]).toEqual({
    status: "running",
    runtimeStatus: "running",
    restartCount: 2,
  });
});
