import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import Type from "typebox";
import { Value } from "typebox/value";
import { beforeAll, describe, expect, it } from "vitest";
import { baselineOf } from "../report/baseline.ts";
import { buildDiff, buildLint } from "../report/build.ts";
import { type FindingEntry, type Report, ReportSchema } from "../report/model.ts";
import { readWaivers } from "../report/read-waivers.ts";
import { previewSources } from "../source/preview.ts";
import { readPreviewDocument } from "../source/preview-document.ts";
import { binding, diff, lint, role, rule, sourceOf } from "../test/sources.ts";
import { formats } from "./formats.ts";
import { markerOf, toMarkdown } from "./markdown.ts";
import { print } from "./print.ts";
import { toSarif } from "./sarif.ts";
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
  const rightToLeft = "\u202e";
  const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
  const name = `x|y\` <img src=x onerror=alert(1)>@admin\\"${escapeCharacter}[31m${rightToLeft}[a](https://evil.example)`;
  const yaml = role("r", `[${rule("get", "secrets")}]`) + binding("b", "ClusterRole/r", [`user:${yamlEscaped(name)}`]);
  const report = diff("", yaml);

  it("reach the report as they are", () => expect(report.changes[0]?.subject).toBe(`User ${name}`));
  it("do not become markup, mentions or links in Markdown", () => {
    const text = toMarkdown(report);
    for (const raw of [" <img", "x|y", "@admin", escapeCharacter, "https://evil"]) expect(text).not.toContain(raw);
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
  it("do not become links in SARIF", () => {
    const [{ message }] = JSON.parse(print(report, "sarif")).runs[0].results;
    expect(message.text).toContain("\\[a\\](https");
  });
  it("do not control the terminal", () => expect(toTerminal(report, colours)).not.toContain("\u001b[31m\u001b[22m"));

  const loud = `b\n::error title=pwned::found\u2028##[error]x${rightToLeft}\u0085\u200e`;
  const everywhere = diff(
    role("old", `[${rule("get", "pods")}]`) + binding(yamlEscaped(loud), "ClusterRole/old", ["group:g"]),
    [
      role(yamlEscaped(loud), `[${rule("get", yamlEscaped(loud))}, ${rule("get list", "secrets")}]`),
      role(`latent${yamlEscaped(loud)}`, `[${rule("get", "secrets", "", yamlEscaped(loud))}]`),
      binding(yamlEscaped(loud), `ClusterRole/${yamlEscaped(loud)}`, [`user:${yamlEscaped(loud)}`, "group:g"]),
      binding(`missing${yamlEscaped(loud)}`, `ClusterRole/nowhere${yamlEscaped(loud)}`, ["group:g"]),
    ].join(""),
  );
  it.each(formats)("hold nothing hidden and no command of a log in %s", (format) => {
    // Ours breaks mentions and addresses, so that they are no links.
    const lines = print(everywhere, format)
      .replaceAll(/@\u200b|:\u200b\/\//g, "@")
      .split("\n");
    expect(lines.filter((line) => hidden.test(line))).toEqual([]);
    expect(lines.filter((line) => /^\s*::error|##\[error/.test(line))).toEqual([]);
    expect(lines.join("\n")).toContain("pwned");
  });
});

describe("Markdown", () => {
  const secrets = (name: string, verbs = "get") => role(name, `[${rule(verbs, "secrets")}]`);

  it("begins with a marker that does not depend on what changes", () => {
    expect(toMarkdown(reportOf("no-change"), { marker: "prod" }).split("\n")[0]).toBe("<!-- edgectl-rbac:prod -->");
    expect(markerOf("a--> <script>").slice(4, -3)).not.toContain("--");
  });
  it("names the subjects of one binding together, and explains each rule once", () => {
    const report = diff(
      "",
      secrets("r", "get list") +
        secrets("s") +
        binding("b", "ClusterRole/r", ["user:ann", "user:bob"]) +
        binding("c", "ClusterRole/s", ["user:cid"]),
    );
    const text = toMarkdown(report);
    expect(text).toContain("**User ann, User bob** by ClusterRoleBinding b → ClusterRole r (head.yaml:");
    expect(text).toContain("everywhere: `get, list secrets`");
    const { why = "", title = "" } = report.findings[0] ?? {};
    expect(text.split(why)).toHaveLength(2);
    expect(text.split(`**CRITICAL** [${title}]`)).toHaveLength(3);
  });
  it("says for whom, where a risk is not one of all subjects of the binding", () => {
    const pods = rule("get", "secrets");
    const before = role("r", `[${pods}]`) + binding("b", "ClusterRole/r", ["user:ann"]);
    const after =
      role("r", `[${pods}, ${rule("create", "pods/exec")}]`) + binding("b", "ClusterRole/r", ["user:ann", "user:bob"]);
    const text = toMarkdown(diff(before, after));
    expect(text).toMatch(/reading Secrets\]\([^)]*\) for User bob everywhere/);
    expect(text).toContain("**User ann, User bob** by ClusterRoleBinding b");
  });
  it("shows how far a permission leads, and where that is not known", () => {
    const report = diff("", secrets("r") + binding("b", "ClusterRole/r", ["user:ann"]));
    const [finding] = report.findings as [FindingEntry];
    const steps = [
      { by: "create jobs in ci", to: "ServiceAccount ci/deployer" },
      { by: "escalate clusterroles", to: "" },
    ];
    const reach = { power: "cluster-admin", severity: "critical" as const, steps };
    const led = { ...report, findings: [{ ...finding, reach, unknown: null }] };
    const told =
      "User ann -> create jobs in ci -> ServiceAccount ci/deployer -> escalate clusterroles -> cluster-admin";
    const way = `leads to cluster-admin: ${told}`;
    expect(toMarkdown(led)).toContain(`; ${way.replaceAll("->", "→")}`);
    for (const format of ["table", "sarif"] as const) expect(print(led, format)).toContain(way);
    expect(print(led, "html")).toContain(way.replaceAll(">", "&gt;"));
    const drawn = [...print(led, "svg").matchAll(/<text class="way"[^>]*>([^<]*)</g)].map(([, line]) => line).join("");
    expect(drawn).toBe(told.replaceAll(">", "&gt;"));
    expect(JSON.parse(print(led, "sarif")).runs[0].results[0].properties).toEqual({ reach });
    const old = { ...led, findings: led.findings.map((one) => ({ ...one, introduced: false })) };
    for (const brief of [old, { ...old, kind: "lint" as const }]) expect(print(brief, "table")).toContain(way);
    expect(toMarkdown(old)).toContain(`; ${way.replaceAll("->", "→")}`);
    const earlier = { ...report, findings: [{ ...finding, earlier: ["list secrets", "watch secrets"] }] };
    expect(toMarkdown(earlier)).toContain("everywhere: `get secrets` (before: list, watch secrets)");
    const places = { ...report, findings: [{ ...finding, scopes: ["dev", "production"] }] };
    for (const format of ["table", "markdown"] as const) expect(print(places, format)).toContain("in dev, production");
    const many = Array.from({ length: 30 }, (_, index) => `ns-${index}`);
    const everywhere = { ...report, findings: [{ ...finding, scopes: ["*", ...many] }] };
    expect(print(everywhere, "table")).toContain("ns-19 and 10 more (-o json has all)");
    const open = { ...report, findings: [{ ...finding, reach: null, unknown: "the ServiceAccounts of ci" }] };
    expect(toMarkdown(open)).toContain("not known how far it leads: the ServiceAccounts of ci");
  });
  it("lists all subjects of a binding below where they are too many to be named", () => {
    const names = Array.from({ length: 400 }, (_, index) => `user:person-${index}`);
    const text = toMarkdown(diff("", secrets("r") + binding("b", "ClusterRole/r", names)));
    expect(text).toContain("RBAC: 400 CRITICAL");
    expect(text).toContain("and 395 more (see below: ClusterRoleBinding b)");
    for (const name of names) expect(text).toMatch(new RegExp(`${name.slice(5)}\\b`));
  });
  it("leaves no risk out because a name is long", () => {
    const admin = (name: string, user: string) => binding(name, "ClusterRole/cluster-admin", [`user:${user}`]);
    const secret = role("r", `[${rule("get", "secrets", "", "n".repeat(70_000))}]`);
    const text = toMarkdown(
      diff(
        "",
        admin("a".repeat(70_000), "u".repeat(70_000)) +
          secret +
          binding("s", "ClusterRole/r", ["user:eve"]) +
          admin("z", "mallory"),
      ),
    );
    expect(text).toContain("**User mallory** by ClusterRoleBinding z → ClusterRole cluster-admin");
    expect(text).toContain("**User eve** by ClusterRoleBinding s → ClusterRole r");
    expect(text.length).toBeLessThan(60_000);
  });

  it("keeps the verdict and what weighs most when it grows too long, and says where the rest is", () => {
    const many = Array.from(
      { length: 400 },
      (_, index) => secrets(`r${index}`) + binding(`b${index}`, `ClusterRole/r${index}`, [`user:person-${index}`]),
    );
    const report = diff("", many.join(""));
    const details = "https://ci.example.com/runs/1";
    for (const options of [{}, { details }]) {
      const text = toMarkdown(report, { limit: 20_000, ...options });
      expect(text).toContain("RBAC: 400 CRITICAL");
      expect(text).toContain("person-0*");
      const where = "details" in options ? `[the whole report has them](${details})` : "the JSON report has them";
      expect(text).toMatch(/_\d+ lines and all that follows left out; /);
      expect(text.endsWith(`${where}._\n`)).toBe(true);
      expect(text.length).toBeLessThanOrEqual(20_000);
      expect(text.length).toBeGreaterThan(19_000);
      expect(text.split("<details").length).toBe(text.split("</details>").length);
    }
  });
});

describe("a picture", () => {
  const many = Array.from(
    { length: 119 },
    (_, index) =>
      role(`r${index}`, `[${rule("get", index === 118 ? "secrets" : "endpoints")}]`) +
      binding(`b${index}`, `ClusterRole/r${index}`, [`user:person-${index}`]),
  );
  const report = diff("", many.join(""));

  it("shows the risky chains first, and says where the rest is", () => {
    const svg = print(report, "svg");
    expect(svg).toContain(
      "and 59 more, none of them critical or high; the page (-o html) and the JSON report list them",
    );
    expect(svg).toContain("person-118");
    const details = "https://ci.example.com/runs/1";
    expect(print(report, "svg", { details })).toContain(
      `and 59 more, none of them critical or high; listed in ${details}`,
    );
  });
  it("has in a page all that it has no room for below it", () => {
    const html = print(report, "html");
    expect(html).toContain("listed below");
    for (let index = 0; index < 119; index += 1) expect(html).toMatch(new RegExp(`person-${index}\\b`));
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
  const addressOf = (file: string, root: string) => {
    const yaml = role("r", `[${rule("get", "secrets")}]`) + binding("b", "ClusterRole/r", ["sa:ns/bot"]);
    const text = print(buildLint(sourceOf(yaml, file)), "sarif", { root });
    return JSON.parse(text).runs[0].results[0].locations[0].physicalLocation.artifactLocation.uri;
  };
  it.each([
    ["/work/repo/a b/c#d?e%f.yaml", "a%20b/c%23d%3Fe%25f.yaml"],
    ["/work/repo/x:y/ü.yaml", "x%3Ay/%C3%BC.yaml"],
    ["/work/elsewhere/a b.yaml", "file:///work/elsewhere/a%20b.yaml"],
    ["standard input", "Pulumi.yaml"],
  ])("knows %s as %s from the root of the repository", (file, address) => {
    expect(addressOf(file, "/work/repo")).toBe(address);
  });
  it("knows a file that is named from a folder of the repository by its whole path", () => {
    expect(addressOf("deploy/a.yaml", join(process.cwd(), ".."))).toBe(`${basename(process.cwd())}/deploy/a.yaml`);
  });

  const severities = Array.from({ length: 300 }, (_, index) => {
    const verb = index % 3 === 0 ? rule("get", "secrets") : rule("get", "pods/log");
    return role(`r${index}`, `[${verb}]`) + binding(`b${index}`, `ClusterRole/r${index}`, [`user:person-${index}`]);
  });
  const large = lint(severities.join(""));
  it.each([
    ["results", { results: 120, compressedBytes: 1_000_000 }],
    ["bytes", { results: 25_000, compressedBytes: 4000 }],
  ])("leaves out what is least severe when there are too many %s, and says so", (_, limits) => {
    const text = toSarif(large, { limits });
    const [run] = JSON.parse(text).runs;
    expect(run.results.length).toBeLessThanOrEqual(limits.results);
    expect(gzipSync(text).length).toBeLessThanOrEqual(limits.compressedBytes);
    expect(run.results.length).toBeGreaterThan(20);
    const kept = run.results.filter(({ level }: { level: string }) => level === "error").length;
    expect(kept).toBe(Math.min(100, run.results.length));
    const left = 300 - run.results.length;
    expect(run.invocations[0].toolExecutionNotifications[0].message.text).toBe(
      `${left} results of 300 left out, the least severe: see the JSON report`,
    );
  });
  it("says nothing of the kind when all are in it", () => {
    const [run] = parse(large).runs;
    expect([run.results.length, run.invocations]).toEqual([300, undefined]);
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
    const report = buildLint(sourceOf(secrets), { failOn: "low", baseline: baselineOf(lint(secrets)) });
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
