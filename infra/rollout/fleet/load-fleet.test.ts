import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { Check } from "typebox/value";
import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { EdgeError } from "#base";
import { checkFleet, loadFleet, parseFleet } from "./load-fleet.ts";
import { FleetSchema, fleetSchemaFile } from "./schema.ts";

const sampleFile = fileURLToPath(new URL("../../../stacks/fleet.yaml", import.meta.url));
const clusters = [
  { name: "a", labels: { ring: "canary" } },
  { name: "b", stack: "edge", context: "ctx-b", kubeconfig: "kube/b", engine: "render", labels: { ring: "early" } },
  { name: "c", labels: { ring: "late", region: "eu" } },
];
const waves = [
  { name: "canary", canary: true, matchLabels: { ring: "canary" } },
  { name: "early", clusters: ["b"], maxConcurrency: "50%", maxFailures: 1 },
  { name: "rest" },
];
const fleet = { name: "sample", clusters, strategy: { waves } };

function problemsOf(content: unknown): readonly (readonly [path: string, text: string])[] {
  const checked = checkFleet(content);
  if ("fleet" in checked) throw new Error("nothing is wrong with it");
  return checked.problems.map(({ path, found, remedy }) => [path, `${found}. ${remedy}`]);
}

describe("parseFleet", () => {
  it("fills in the strategy's defaults, and those of a cluster", () => {
    const { clusters, strategy } = parseFleet(stringify(fleet), "fleet.yaml");
    expect(clusters.map(({ name, stack, target }) => [name, stack, target])).toEqual([
      ["a", "a", { context: "a" }],
      ["b", "edge", { context: "ctx-b", kubeconfig: "kube/b" }],
      ["c", "c", { context: "c" }],
    ]);
    expect(
      strategy.waves.map(({ select, maxConcurrency, maxFailures }) => [select, maxConcurrency, maxFailures]),
    ).toEqual([
      [{ kind: "labels", matchLabels: { ring: "canary" } }, { count: 1 }, { count: 0 }],
      [{ kind: "clusters", clusters: ["b"] }, { percent: 50 }, { count: 1 }],
      [{ kind: "rest" }, { count: 1 }, { count: 0 }],
    ]);
    expect(strategy.waves[0]).toMatchObject({ progressDeadlineMs: 900_000, bakeMs: 300_000 });
    expect(strategy).toMatchObject({ health: { intervalMs: 30_000, failuresInARow: 2 }, onHalt: "wait" });
  });

  it("reads every kind of gate", () => {
    const after = [
      { health: {} },
      { command: ["./check.sh", "--fast"], interval: "5s" },
      { http: { url: "https://example.com/ok", contains: "ready" }, timeout: "1m" },
      { name: "errors", prometheus: { url: "http://prometheus", query: "up", condition: "<= 0.5" } },
      { approval: { approvers: ["ann"], valid: "2h" } },
    ];
    const [first, ...others] = waves;
    const parsed = parseFleet(stringify({ ...fleet, strategy: { waves: [{ ...first, after }, ...others] } }), "f");
    expect(parsed.strategy.waves[0]?.after).toEqual([
      { kind: "health", name: "health", intervalMs: 30_000, timeoutMs: 600_000 },
      { kind: "command", name: "command", intervalMs: 5000, timeoutMs: 600_000, command: ["./check.sh", "--fast"] },
      {
        kind: "http",
        name: "http",
        intervalMs: 30_000,
        timeoutMs: 60_000,
        url: "https://example.com/ok",
        method: "GET",
        statuses: [200],
        contains: "ready",
      },
      {
        kind: "prometheus",
        name: "errors",
        intervalMs: 30_000,
        timeoutMs: 600_000,
        url: "http://prometheus",
        query: "up",
        condition: { operator: "<=", value: 0.5 },
      },
      { kind: "approval", name: "approval", approvers: ["ann"], validMs: 7_200_000, timeoutMs: 604_800_000 },
    ]);
  });

  it("tells all that is wrong at once, with what was probably meant", () => {
    const broken = {
      notfy: [],
      clusters: [{ name: "a b" }, { name: "c", engine: "rendr" }],
      strategy: {
        bake: "10 minutes",
        maxFailures: "many",
        waves: [
          { name: "canary", cluster: ["a"] },
          { name: "rest", before: [{ http: { url: "ftp://x" } }] },
        ],
      },
    };
    expect(problemsOf(broken)).toEqual(
      expect.arrayContaining([
        ["name", expect.stringContaining("is missing")],
        ["notfy", "is not a known key. Did you mean notify?"],
        ["clusters[0].name", expect.stringContaining('is "a b"')],
        ["clusters[1].engine", 'is "rendr". Did you mean render?'],
        ["strategy.bake", 'is "10 minutes". Write it like 1h30m.'],
        ["strategy.maxFailures", 'is "many". Write it like 10%.'],
        ["strategy.waves[0].cluster", "is not a known key. Did you mean clusters?"],
        ["strategy.waves[1].before[0].http.url", expect.stringContaining('is "ftp://x"')],
      ]),
    );
  });

  it.each<[string, object, string, string]>([
    [
      "a cluster twice",
      { clusters: [...clusters, { name: "a", stack: "x" }] },
      "clusters[3].name",
      "as in clusters[0]",
    ],
    [
      "a target twice",
      { clusters: [...clusters, { name: "d", stack: "a", context: "a" }] },
      "clusters[3]",
      "clusters[0]",
    ],
    ["no canary", { strategy: { waves: [{ name: "all" }] } }, "strategy.waves[0].canary", "canary: true"],
    [
      "a canary that may fail",
      { strategy: { waves: [{ ...waves[0], maxFailures: 1 }, waves[2]] } },
      "strategy.waves[0].maxFailures",
      "Remove it",
    ],
    [
      "an unknown cluster",
      { strategy: { waves: [waves[0], { name: "w", clusters: ["bb"] }] } },
      "strategy.waves[1].clusters[0]",
      "Did you mean b?",
    ],
    [
      "an unknown label",
      { strategy: { waves: [{ ...waves[0], matchLabels: { rin: "canary" } }] } },
      "strategy.waves[0].matchLabels.rin",
      "Did you mean ring?",
    ],
    [
      "an unknown value of a label",
      { strategy: { waves: [{ ...waves[0], matchLabels: { ring: "canry" } }] } },
      "strategy.waves[0].matchLabels.ring",
      "Did you mean canary?",
    ],
    ["an empty wave", { strategy: { waves: [...waves, { name: "none" }] } }, "strategy.waves[3]", "takes no cluster"],
    [
      "two selections",
      { strategy: { waves: [{ ...waves[0], clusters: ["a"] }] } },
      "strategy.waves[0].clusters",
      "beside matchLabels",
    ],
    [
      "a gate of two kinds",
      { strategy: { waves: [{ ...waves[0], after: [{ health: {}, approval: {} }] }] } },
      "strategy.waves[0].after[0]",
      "health and approval at once",
    ],
    ["no deadline", { strategy: { waves, progressDeadline: "0s" } }, "strategy.progressDeadline", 'is "0s"'],
  ])("refuses %s", (_, change, path, text) => {
    expect(problemsOf({ ...fleet, ...change })).toContainEqual([path, expect.stringContaining(text)]);
  });

  it("names the line of a mistake in YAML", () => {
    expect(() => parseFleet("name: a\nclusters: [", "fleet.yaml")).toThrow(
      expect.objectContaining({ code: "EDGE_FLEET_UNREADABLE", message: expect.stringContaining("line 2") }),
    );
  });

  it("gives a fleet or its own error, whatever comes in", () => {
    const anything = fc.jsonValue({ maxDepth: 4 });
    const keys = fc.constantFrom(...Object.keys(FleetSchema.properties), "__proto__");
    const written = fc.oneof(fc.dictionary(keys, anything), anything).map((content) => stringify(content));
    fc.assert(
      fc.property(fc.oneof(written, fc.string()), (text) => {
        try {
          parseFleet(text, "fleet.yaml");
        } catch (error) {
          expect(error).toBeInstanceOf(EdgeError);
        }
      }),
    );
  });
});

describe("fleetSchemaFile", () => {
  it("accepts what the loader accepts without defaults, and refuses what it refuses", () => {
    const schema = JSON.parse(fleetSchemaFile());
    expect(Check(schema, fleet)).toBe(true);
    expect(Check(schema, parse(readFileSync(sampleFile, "utf8")))).toBe(true);
    expect(Check(schema, { ...fleet, strategy: {} })).toBe(false);
    expect(Check(schema, { ...fleet, clusters: [{ name: "a", label: {} }] })).toBe(false);
    expect(JSON.stringify(schema)).not.toMatch(/"(allowed|example)":/);
  });
});

describe("stacks/fleet.yaml", () => {
  it("is sound, and names its schema for editors", async () => {
    expect((await loadFleet(sampleFile)).clusters).toMatchObject([{ name: "local", stack: "local" }]);
    expect(readFileSync(sampleFile, "utf8")).toContain("$schema=../docs/schemas/fleet.schema.json");
  });

  it("is told apart from a file that is not there", async () => {
    await expect(loadFleet("/nowhere/fleet.yaml")).rejects.toMatchObject({ code: "EDGE_FLEET_UNREADABLE" });
  });
});
