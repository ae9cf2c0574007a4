import { copyFile, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { forgetKeys } from "./forget-keys.ts";
import type { RenderOptions } from "./render.ts";
import { renderStack } from "./render-stack.ts";
import { systemTlsEnvironment } from "./tls/environment.ts";
import { unknownValue } from "./values.ts";

const projectDirectory = join(import.meta.dirname, "../../test/fixtures/render");
const start = Date.parse("2026-01-01T00:00:00Z");
let stateDirectory: string;

beforeEach(async () => {
  stateDirectory = await mkdtemp(join(tmpdir(), "edge-state-"));
});
afterEach(() => rm(stateDirectory, { recursive: true, force: true }));

function render(options: Partial<RenderOptions> & { fault?: string; now?: number } = {}) {
  const { fault = "none", now = start, ...rest } = options;
  return renderStack({
    projectDirectory,
    stack: "plain",
    stateDirectory,
    tls: { ...systemTlsEnvironment, now: () => now },
    ...rest,
    overrides: { fault, ...rest.overrides },
  });
}

describe("renderStack", () => {
  test("tells of a list of providers that is none", async () => {
    const overrides = { "pulumi:disable-default-providers": "kubernetes" };
    await expect(render({ overrides })).rejects.toMatchObject({ code: "EDGE_RENDER_STACK_INVALID" });
  });

  test("yields the declared objects in the order of installation, with real certificates", async () => {
    const { objects, project, outputs } = await render({ overrides: { installations: 2 } });
    expect(project).toBe("fixture");
    expect(
      objects.map(({ object }) => `${object.kind} ${object.metadata.namespace ?? ""}/${object.metadata.name}`),
    ).toEqual([
      "Namespace /edge-0",
      "Namespace /edge-1",
      "Secret edge-0/ca",
      "Secret edge-1/ca",
      "ConfigMap edge-0/trust",
      "ConfigMap edge-1/trust",
    ]);
    expect(JSON.stringify(objects[4]?.object.data)).toContain("BEGIN CERTIFICATE");
    expect(outputs.secrets).toEqual([["token"]]);
    expect(objects[2]?.urn).toBe(
      "urn:pulumi:plain::fixture::iotedge:index:EdgeInstallation$kubernetes:core/v1:Secret::edge-0-ca",
    );
  });

  test("twice gives the same bytes, also when asked at the same time", async () => {
    const first = await render();
    expect(first.made.map((urn) => urn.slice(urn.lastIndexOf("$") + 1))).toEqual([
      "tls:index/privateKey:PrivateKey::edge-0-ca",
      "tls:index/selfSignedCert:SelfSignedCert::edge-0-ca",
    ]);
    const [second, third] = await Promise.all([render(), render()]);
    expect(JSON.stringify(second)).toBe(JSON.stringify({ ...first, made: [] }));
    expect(JSON.stringify(third)).toBe(JSON.stringify({ ...first, made: [] }));
  });

  test("keeps the keys of an installation that a rendering lacks, and drops those that are given up for good", async () => {
    const state = () => readFile(join(stateDirectory, "plain.json"), "utf8");
    await render({ overrides: { installations: 2 } });
    const before = await state();
    const { unused } = await render({ overrides: { installations: 1 } });
    expect(unused).toEqual([]);
    expect(await state()).toBe(before);

    const [urn = ""] = Object.keys(JSON.parse(before).resources);
    await forgetKeys({ projectDirectory, stack: "plain", stateDirectory }, [urn, "urn of nothing"]);
    expect(Object.keys(JSON.parse(await state()).resources)).toEqual(
      Object.keys(JSON.parse(before).resources).filter((one) => one !== urn),
    );
  });

  test("keeps keys where only the owner can read them", async () => {
    await render({ stateDirectory: join(stateDirectory, "new") });
    expect((await stat(join(stateDirectory, "new"))).mode & 0o777).toBe(0o700);
    expect((await stat(join(stateDirectory, "new/plain.json"))).mode & 0o777).toBe(0o600);
  });

  test("renews a certificate in its window, and then gives the same bytes again", async () => {
    const trust = async (now: number) => (await render({ now })).objects[2]?.object.data;
    const first = await trust(start);
    const renewed = await trust(start + 23 * 3_600_000);
    expect(renewed).not.toEqual(first);
    expect(await trust(start + 23 * 3_600_000 + 1)).toEqual(renewed);
  });

  test("a preview leaves the state alone, and what it cannot know is unknown", async () => {
    const { objects } = await render({ preview: true });
    expect(objects[1]?.object.stringData).toBe(unknownValue);
    expect(objects[2]).toMatchObject({ object: { data: { bundle: unknownValue } }, unknowns: [["data", "bundle"]] });
    await expect(stat(join(stateDirectory, "plain.json"))).rejects.toThrow("ENOENT");
  });

  test("a preview knows what an earlier run has made", async () => {
    const { objects } = await render();
    expect((await render({ preview: true })).objects).toEqual(objects);
  });

  test("where others keep the state, keys that are here count for nothing, and none are made", async () => {
    await writeFile(join(stateDirectory, "plain.json"), "{");
    const first = await render({ preview: true, keptState: false });
    expect(first.objects[2]).toMatchObject({ object: { data: { bundle: unknownValue } } });
    await rm(join(stateDirectory, "plain.json"));
    await render();
    const second = await render({ preview: true, keptState: false });
    expect(JSON.stringify(second)).toBe(JSON.stringify(first));
  });

  test("keeps no keys for objects that are not accepted", async () => {
    const accept = () => Promise.reject(new Error("refused"));
    await expect(render({ accept })).rejects.toThrow("refused");
    await expect(stat(join(stateDirectory, "plain.json"))).rejects.toThrow("ENOENT");
  });

  test("takes the keys that another command keeps meanwhile", async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), "edge-state-"));
    const other = await render({ stateDirectory: elsewhere });
    let seen = 0;
    const accept = async () => {
      seen += 1;
      if (seen === 1) await copyFile(join(elsewhere, "plain.json"), join(stateDirectory, "plain.json"));
    };
    expect((await render({ accept })).objects).toEqual(other.objects);
    expect(seen).toBe(2);
    await rm(elsewhere, { recursive: true });
  });

  test("runs transforms of the stack", async () => {
    const { objects } = await render({ fault: "transform" });
    expect(objects[2]?.object.metadata).toEqual({ name: "trust", namespace: "edge-0", labels: { team: "edge" } });
    expect(objects[1]?.object.metadata).not.toHaveProperty("labels");
  });

  test("passes on what the program logs, but nothing that the SDK logs for debugging", async () => {
    const lines: string[] = [];
    await render({ fault: "log", log: (severity, message) => lines.push(`${severity} ${message}`) });
    expect(lines).toEqual(["warning careful"]);
  });
});

describe("hooks", () => {
  const grow = (size: number, options: Partial<RenderOptions> = {}) =>
    render({ fault: "growing", ...options, overrides: { size } });
  const refused = { code: "EDGE_RENDER_UPDATE_REFUSED", message: expect.stringContaining("it shrinks from 2 to 1") };

  test("are asked before a change of what was rendered last, in previews too", async () => {
    await grow(1);
    await grow(2);
    await expect(grow(1)).rejects.toMatchObject(refused);
    await expect(grow(1, { preview: true })).rejects.toMatchObject(refused);
    await grow(3);
  });

  test("are asked about nothing that a preview has seen, and not at all where others keep the state", async () => {
    await grow(2, { preview: true });
    await grow(1);
    await grow(2);
    await grow(1, { keptState: false });
    await expect(grow(1)).rejects.toMatchObject(refused);
  });
});

describe("failures", () => {
  test.each([
    ["coded", "EDGE_RENDER_NAME_MISSING", "thrown by the program"],
    ["wrapped", "EDGE_RENDER_NAME_MISSING", "thrown inside"],
    ["coded-later", "EDGE_RENDER_NAME_MISSING", "thrown in apply"],
    ["plain", "EDGE_RENDER_PROGRAM_FAILED", "boom"],
    ["plain-later", "EDGE_RENDER_PROGRAM_FAILED", "boom later"],
    ["secret-in-configmap", "EDGE_RENDER_SECRET_IN_CONFIGMAP", "ConfigMap::leak: data.value is secret"],
    ["unsupported", "EDGE_RENDER_UNSUPPORTED_RESOURCE", "aws:s3/bucket:Bucket"],
    ["read", "EDGE_RENDER_UNSUPPORTED_OPERATION", "read of kubernetes:core/v1:ConfigMap existing"],
    ["hook", "EDGE_RENDER_UNSUPPORTED_OPERATION", "hook other than beforeUpdate"],
  ])("%s", async (fault, code, message) => {
    const failure = render({ fault });
    await expect(failure).rejects.toMatchObject({ code });
    await expect(failure).rejects.toThrow(message);
    await expect(failure).rejects.not.toThrow("hunter2");
  });

  test("a failed run keeps no keys and does not disturb the next one", async () => {
    await expect(render({ fault: "plain" })).rejects.toThrow();
    await expect(stat(join(stateDirectory, "plain.json"))).rejects.toThrow("ENOENT");
    expect((await render()).objects).toHaveLength(3);
  });

  test("the default provider where the stack forbids it", async () => {
    await expect(render({ stack: "strict" })).rejects.toMatchObject({ code: "EDGE_RENDER_DEFAULT_PROVIDER" });
  });
});

describe("state", () => {
  test.each([
    ["no JSON", "{"],
    ["another shape", '{"version":2,"resources":{}}'],
    ["a key that is no string", '{"version":1,"resources":{"urn":{"type":"t","inputs":"","id":"","outputs":{"a":1}}}}'],
  ])("%s is refused, not replaced", async (_, text) => {
    const file = join(stateDirectory, "plain.json");
    await writeFile(file, text);
    await expect(render()).rejects.toMatchObject({ code: "EDGE_RENDER_STATE_INVALID" });
    expect(await readFile(file, "utf8")).toBe(text);
  });

  test("another run's lock is respected", async () => {
    await writeFile(join(stateDirectory, "plain.json.lock"), "");
    await expect(render()).rejects.toMatchObject({ code: "EDGE_RENDER_STATE_CONFLICT" });
  });
});
