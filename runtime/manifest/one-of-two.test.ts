import { describe, expect, it } from "vitest";
import { mergeLayers } from "./layers.ts";
import { parseManifest } from "./parse-manifest.ts";

const desired = (createOptions: object = {}, more: object = {}) => ({
  schemaVersion: "1.1",
  modules: { a: { type: "docker", settings: { image: "r/a:1", createOptions }, ...more } },
});
const section = { $edgeAgent: { "properties.desired": desired() } };
const parse = (document: object) => parseManifest(JSON.stringify(document));
const messages = (document: object) => {
  const parsed = parse(document);
  return [...(parsed.ok ? [] : parsed.errors), ...parsed.warnings].map((one) => `${one.path}: ${one.message}`);
};

describe("nothing is dropped without a word", () => {
  it.each<readonly [string, object, string]>([
    ["modulesContent beside content", { content: { modulesContent: section }, modulesContent: section }, "content"],
    ["moduleContent beside content", { content: { modulesContent: section }, moduleContent: section }, "content"],
    ["$edgeAgent beside content", { content: { modulesContent: section }, ...section }, "content"],
    ["moduleContent beside modulesContent", { modulesContent: section, moduleContent: section }, "modulesContent"],
  ])("%s is refused", (name, document, first) =>
    expect(messages(document)).toEqual([`${name.split(" ")[0]}: stands beside ${first}, which holds modules as well`]),
  );

  it("a layer that has both is told of", () => {
    const change = { $edgeAgent: { "properties.desired.modules.b": {} } };
    const { problems } = mergeLayers({ modulesContent: { $edgeAgent: { "properties.desired": {} } } }, [
      { content: { modulesContent: change }, modulesContent: change },
    ]);
    expect(problems).toMatchObject([{ layer: 0, keys: ["modulesContent"] }]);
  });

  it("a variable that is set twice is warned of, and one whose Secret Env covers", () => {
    expect(messages(desired({ Env: ["A=1", "B=1", "A=2"] }))).toEqual([
      'modules.a.settings.createOptions.Env[2]: sets "A" again: the last one counts',
    ]);
    const env = { A: { valueFrom: { secretKeyRef: { name: "s", key: "k" } } }, B: { value: "1" } };
    expect(messages(desired({ Env: ["A=1", "B=2"] }, { env }))).toEqual([
      "modules.a.env.A: has no effect: Env of createOptions sets it, too",
    ]);
  });
});

describe("what no container can have", () => {
  const volume = { volume: { name: "v", emptyDir: {} }, volumeMounts: [{ mountPath: "//proc/1" }] };
  it.each<readonly [string, object]>([
    ["Tmpfs", { HostConfig: { Tmpfs: { "//proc": "" } } }],
    ["Binds", { HostConfig: { Binds: ["data:///proc/1"] } }],
    ["Volumes", { Volumes: { "/proc//1/": {} } }],
    ["volumes of Kubernetes", { "k8s-experimental": { volumes: [volume] } }],
  ])("a mount at /proc is refused however many slashes it has, in %s", (_, options) =>
    expect(messages(desired(options))).toEqual([
      expect.stringContaining("is the kernel's, and no volume can be there"),
    ]),
  );

  it("paths that differ in slashes alone are one", () =>
    expect(messages(desired({ HostConfig: { Tmpfs: { "/a//b": "", "/a/b/": "" } } }))).toEqual([
      expect.stringContaining("is mounted twice"),
    ]));

  it.each<readonly [string, object, string]>([
    ["Cmd", { Cmd: ["a\0b"] }, "Cmd[0]: holds a zero byte"],
    ["WorkingDir", { WorkingDir: "/a\0" }, "WorkingDir: holds a zero byte"],
    ["Labels", { Labels: { a: "\0" } }, "Labels.a: holds a zero byte"],
    ["Healthcheck", { Healthcheck: { Test: ["CMD", "\0"] } }, "Healthcheck.Test[1]: holds a zero byte"],
    ["Tmpfs", { HostConfig: { Tmpfs: { "/a\0": "" } } }, 'HostConfig.Tmpfs["/a\\u0000"]: holds a zero byte'],
    ["Env", { Env: ["A=\ud800"] }, "Env[0]: holds half of a character"],
  ])("a zero byte and half of a character are refused in %s", (_, options, message) => {
    const found = `modules.a.settings.createOptions.${message}, which nothing in a container can`;
    expect(messages(desired(options))).toContain(found);
    const asText = desired();
    asText.modules.a.settings.createOptions = JSON.stringify(options) as unknown as object;
    expect(messages(asText)).toContain(found);
  });

  it("whole characters are fine, also those that are two for a program", () =>
    expect(messages(desired({ Env: ["A=\u{1f600}"] }))).toEqual([]));
});

describe("pods and ports of a whole manifest", () => {
  const many = (count: number, id: string, createOptions: object) =>
    parse({
      schemaVersion: "1.1",
      modules: Object.fromEntries(
        Array.from({ length: count }, (_, index) => [`${id}${index}`, { settings: { image: "r/a:1", createOptions } }]),
      ),
    });
  const replicas = { "k8s-extensions": { replicas: 100, stateless: true } };
  it("has at most 2000 pods", () => {
    expect(many(20, "a", replicas).ok).toBe(true);
    expect(many(21, "a", replicas)).toMatchObject({
      errors: [{ path: "", message: "has 2100 pods of all its modules, and may have 2000 (EDGE_LIMIT_PODS)" }],
    });
  });

  it("counts the ports of the Services that ids give", () => {
    const ExposedPorts = { "1-250": {}, "251-500": {}, "501-700": {} };
    expect(many(14, "a", { ExposedPorts }).ok).toBe(true);
    expect(many(14, "A_", { ExposedPorts })).toMatchObject({
      errors: [{ message: expect.stringContaining("EDGE_LIMIT_ALL_PORTS") }],
    });
  });
});

describe("numbers", () => {
  it("are told by their digits", () => {
    const text = JSON.stringify(desired({ HostConfig: { Memory: 1, ShmSize: 2 } }));
    const big = text
      .replace('"Memory":1', '"Memory":9007199254740993')
      .replace('"ShmSize":2', '"ShmSize":9007199254740993');
    const parsed = parseManifest(big);
    const message = expect.stringMatching(/^9007199254740993 is not a whole number/);
    expect(parsed.ok ? [] : parsed.errors.map((one) => one.message)).toEqual([message, message]);
  });

  it("that are zero and ask for something have no effect with a warning", () =>
    expect(messages(desired({ HostConfig: { MemorySwappiness: 0, PidsLimit: 0, CpuPercent: 0 } }))).toEqual([
      expect.stringContaining("HostConfig.MemorySwappiness: has no counterpart"),
      expect.stringContaining("HostConfig.PidsLimit: has no counterpart"),
    ]));
});

describe("placeholders in keys", () => {
  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: placeholders of a template
  it("are told as such where a module's id has them", () =>
    expect(messages({ schemaVersion: "1.1", modules: { "${NAME}": { settings: { image: "r/a:1" } } } })).toEqual([
      'modules["${NAME}"]: "${NAME}" holds the placeholder "${NAME}", which is not filled in',
    ]));

  it("are told as such where a port has them", () =>
    expect(messages(desired({ ExposedPorts: { "${A}/tcp": {} } }))).toEqual([
      expect.stringContaining('"${A}/tcp" holds the placeholder "${A}", which is not filled in'),
    ]));
  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: placeholders of a template
});
