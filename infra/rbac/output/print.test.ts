import { readFileSync } from "node:fs";
import Type from "typebox";
import { Value } from "typebox/value";
import { beforeAll, describe, expect, it } from "vitest";
import { buildDiff, buildLint } from "../report/build.ts";
import { type Report, ReportSchema } from "../report/model.ts";
import { readWaivers } from "../report/waivers.ts";
import { previewSources } from "../source/preview.ts";
import { readPreviewDocument } from "../source/preview-document.ts";
import { binding, diff, lint, role, rule, sourceOf } from "../test/sources.ts";
import { formats } from "./formats.ts";
import { markerOf, toMarkdown } from "./markdown.ts";
import { print } from "./print.ts";
import { colours, toTerminal } from "./terminal.ts";

const extensions = { table: "txt", markdown: "md", json: "json", sarif: "sarif", html: "html", svg: "svg" } as const;
const previews = [
  "rules-widened-and-subject-added",
  "role-ref-replaced-by-cluster-admin",
  "secret-inside-a-rule",
  "no-change",
];
const reports = new Map<string, Report>();

beforeAll(() => {
  for (const name of previews) {
    const text = readFileSync(new URL(`../fixtures/pulumi-preview/${name}.json`, import.meta.url), "utf8");
    const file = `${name}.json`;
    const { base, head } = previewSources(readPreviewDocument(text, file), file);
    reports.set(name, buildDiff(base, head, { failOn: "high" }));
  }
});
const reportOf = (name: string) => reports.get(name) as Report;

describe("outputs", () => {
  const cells = previews.flatMap((name) => formats.map((format) => [name, format] as const));
  it.each(cells)("%s as %s", async (name, format) => {
    await expect(print(reportOf(name), format)).toMatchFileSnapshot(`golden/${name}.${extensions[format]}`);
  });

  it("in JSON follow the published schema", () => {
    for (const name of previews)
      expect([...Value.Errors(ReportSchema, JSON.parse(print(reportOf(name), "json")))]).toEqual([]);
  });
});

/** For a double-quoted scalar. */
const yamlEscaped = (text: string) => JSON.stringify(text).slice(1, -1);

describe("hostile names", () => {
  const escapeCharacter = "\u001b";
  const name = `x|y\` <img src=x onerror=alert(1)>@admin\\"${escapeCharacter}[31m`;
  const yaml = role("r", `[${rule("get", "secrets")}]`) + binding("b", "ClusterRole/r", [`user:${yamlEscaped(name)}`]);
  const report = diff("", yaml);

  it("reach the report as they are", () => expect(report.changes[0]?.subject).toBe(`User ${name}`));
  it("do not become markup or mentions in Markdown", () => {
    const text = toMarkdown(report);
    for (const raw of [" <img", "x|y", "@admin", escapeCharacter]) expect(text).not.toContain(raw);
    const cellCounts = text
      .split("\n")
      .filter((line) => line.startsWith("| +"))
      .map((line) => line.replaceAll("\\|", "").split("|").length);
    expect(cellCounts).toEqual([7]);
  });
  it("do not become markup in the picture", () => {
    for (const format of ["svg", "html"] as const)
      for (const raw of ["<img", escapeCharacter]) expect(print(report, format)).not.toContain(raw);
  });
  it("do not control the terminal", () => expect(toTerminal(report, colours)).not.toContain("\u001b[31m\u001b[22m"));
});

describe("Markdown", () => {
  it("begins with a marker that does not depend on what changes", () => {
    expect(toMarkdown(reportOf("no-change"), { marker: "prod" }).split("\n")[0]).toBe("<!-- edgectl-rbac:prod -->");
    expect(markerOf("a--> <script>").slice(4, -3)).not.toContain("--");
  });
  it("keeps the verdict and what weighs most when it grows too long", () => {
    const names = Array.from({ length: 400 }, (_, index) => `user:person-${index}`);
    const everyone = role("r", `[${rule("get", "secrets")}]`) + binding("b", "ClusterRole/r", names);
    const text = toMarkdown(diff("", everyone), { limit: 20_000 });
    expect(text).toContain("RBAC: 400 CRITICAL");
    expect(text).toContain("person-0 ");
    expect(text).toMatch(/_\d+ lines and all that follows left out; the JSON report has them\._/);
    expect(text.length).toBeLessThanOrEqual(20_000);
    expect(text.length).toBeGreaterThan(19_000);
  });
});

describe("SARIF", () => {
  const text = Type.String({ minLength: 1 });
  const Result = Type.Object({
    ruleId: text,
    ruleIndex: Type.Integer({ minimum: 0 }),
    level: Type.Enum(["none", "note", "warning", "error"]),
    message: Type.Object({ text }, { additionalProperties: false }),
    locations: Type.Array(
      Type.Object({
        physicalLocation: Type.Object({
          artifactLocation: Type.Object({ uri: text }),
          region: Type.Object({ startLine: Type.Integer({ minimum: 1 }) }),
        }),
      }),
      { minItems: 1 },
    ),
    partialFingerprints: Type.Record(Type.String(), text),
  });
  const parse = (report: Report) => JSON.parse(print(report, "sarif"));

  it("has what code scanning needs, and an entry for every rule", () => {
    const [run] = parse(reportOf("rules-widened-and-subject-added")).runs;
    expect([...Value.Errors(Type.Array(Result), run.results)]).toEqual([]);
    for (const { ruleId, ruleIndex } of run.results) expect(run.tool.driver.rules[ruleIndex].id).toBe(ruleId);
  });
  it("names controls and techniques as tags of its rules", () => {
    const { rules } = parse(lint(role("r", `[${rule("get", "secrets")}]`) + binding("b", "ClusterRole/r", ["sa:n/s"])))
      .runs[0].tool.driver;
    const tags = ["security", "rbac", "external/cis/5.1.2", "external/mitre/T1552.007", "external/mitre/T1528"];
    expect(rules).toMatchObject([{ id: "secrets-read", properties: { tags } }]);
  });
  it("recognizes a finding again after the file was moved and the binding renamed", () => {
    const fingerprints = (report: Report) =>
      parse(report).runs[0].results.map((one: { partialFingerprints: object }) => one.partialFingerprints);
    const rules = `[${rule("get", "secrets")}]`;
    const before = fingerprints(lint(role("r", rules) + binding("b", "ClusterRole/r", ["sa:ns/bot"])));
    const after = fingerprints(lint(`# moved\n\n${role("s", rules)}${binding("c", "ClusterRole/s", ["sa:ns/bot"])}`));
    expect(before).toHaveLength(1);
    expect(after).toEqual(before);
  });
});

describe("thresholds", () => {
  const secrets = role("r", `[${rule("get", "secrets")}]`) + binding("b", "ClusterRole/r", ["sa:ns/bot"]);
  const waiver = (expires: string) =>
    readWaivers(
      `- {rule: secrets-read, subject: "ServiceAccount ns/*", owner: ops, reason: migration, expires: "${expires}"}`,
      "w.yaml",
      "2026-11-22",
    );

  it("count findings that the change brings", () => {
    expect(diff("", secrets).verdict).toMatchObject({ outcome: "changes", worst: "critical" });
    expect(diff(secrets, secrets).verdict).toMatchObject({ outcome: "nothing", worst: null });
  });
  it("leave waived ones out until the waiver expires", () => {
    const open = buildDiff(sourceOf(""), sourceOf(secrets), { failOn: "high" });
    const waived = buildDiff(sourceOf(""), sourceOf(secrets), { failOn: "high", waivers: waiver("2026-11-22") });
    const late = buildDiff(sourceOf(""), sourceOf(secrets), { failOn: "high", waivers: waiver("2026-11-21") });
    expect([open, waived, late].map(({ verdict }) => verdict.outcome)).toEqual([
      "over-threshold",
      "changes",
      "over-threshold",
    ]);
    expect(late.expiredWaivers).toEqual(["secrets-read of ServiceAccount ns/*, by ops until 2026-11-21"]);
    expect(waiver("2026-11-22")).toMatchObject({ active: [{ owner: "ops" }], expired: [] });
    expect(waiver("2026-11-21")).toMatchObject({ active: [], expired: [{ owner: "ops" }] });
  });
  it("leave those of the baseline out", () => {
    const known = new Set(
      lint(secrets).findings.flatMap(({ instances }) => instances.map(({ fingerprint }) => fingerprint)),
    );
    const report = buildLint(sourceOf(secrets), { failOn: "low", baseline: known });
    expect(report.verdict).toMatchObject({ outcome: "nothing", text: "nothing risky" });
  });
  it.each([
    "- {rule: x}",
    "rule: x",
    '- {rule: a, subject: b, owner: c, reason: d, expires: "2026-13-45"}',
    "- [",
    "- {rule: a, subject: b, owner: c, reason: d, expires: soon}",
  ])("refuse the waivers %s", (yaml) => expect(() => readWaivers(yaml, "w.yaml", "2026-11-22")).toThrow(/w\.yaml/));
});
