import { describe, expect, it } from "vitest";
import { toMarkdown } from "../output/markdown.ts";
import { colours, noColours, toTerminal } from "../output/terminal.ts";
import { binding, diff, lint, role, rule } from "../test/sources.ts";
import { byRisk, leadingIn, worstIn } from "./one-risk.ts";

const held = (...rules: readonly string[]) =>
  role("r", `[${rules.join(", ")}]`) + binding("b", "ClusterRole/r", ["group:devs"]);
const everyCore = diff("", held(rule("*", "*")));

describe("a wildcard about which many rules say something", () => {
  it("is one risk in the verdict, as bad as the worst of it", () => {
    expect(everyCore.findings.length).toBeGreaterThan(20);
    expect(everyCore.verdict.text).toBe("1 CRITICAL, +1 / -0 permissions");
  });

  it("is one line of the comment and of the table, which begins with what it is and says where it leads", () => {
    const lines = toMarkdown(everyCore)
      .split("\n")
      .filter((line) => /^- (\*\*|low|medium)/.test(line));
    expect(lines).toEqual([
      expect.stringMatching(
        /^- \*\*CRITICAL\*\* \[a wildcard in .* more everywhere: `all verbs on all core resources`; leads to cluster-admin: /,
      ),
    ]);
    const table = toTerminal(everyCore, noColours);
    expect(table.match(/^ {2}CRITICAL /gm)).toHaveLength(1);
    expect(table).not.toContain("  HIGH ");
    expect(toTerminal(everyCore, colours)).toContain("more (-o json has all)");
  });

  it("names every rule that it meets, in the comment's reasons", () => {
    const comment = toMarkdown(everyCore);
    for (const { title } of everyCore.findings) expect(comment).toContain(title);
  });
});

describe("findings", () => {
  it("about different permissions, places or states stay apart", () => {
    const { findings, verdict } = lint(held(rule("list", "secrets"), rule("create", "pods")));
    expect(byRisk(findings)).toHaveLength(findings.length);
    expect(verdict.text).toBe("2 CRITICAL");
    const before = diff(held(rule("*", "secrets")), held(rule("*", "secrets"), rule("list", "nodes/log")));
    for (const risk of byRisk(before.findings)) expect(new Set(risk.map(({ introduced }) => introduced)).size).toBe(1);
  });

  it("about the same are as bad as the worst, and lead where that leads", () => {
    const [risk] = byRisk(everyCore.findings);
    if (risk === undefined) throw new Error("there is no risk");
    expect(risk[0].rule).toBe("wildcard");
    expect(worstIn(risk)).toBe("critical");
    expect(leadingIn(risk).reach?.power).toBe("cluster-admin");
  });
});
