import { expect, it } from "vitest";
import type { CheckResult } from "../model/check.ts";
import { formatReport, marksFor } from "./format.ts";
import { reportOf } from "./report.ts";

const result = (more: Partial<CheckResult>): CheckResult => ({
  id: "quota",
  what: "",
  severity: "ok",
  scope: "edge-a",
  message: "fits",
  evidence: "",
  fix: "",
  docs: "docs/check.md#quota",
  ...more,
});
const about = { context: "c", mode: "after", time: "2026-01-01T00:00:00.000Z" } as const;
const text = (results: readonly CheckResult[], env = { LANG: "C.UTF-8" } as NodeJS.ProcessEnv) =>
  formatReport(reportOf(about, results), marksFor(env));

it("shows each check with its mark, and of what is not well what was seen and what to do", () => {
  const bad = result({ severity: "error", message: "no room", evidence: "4 of 4", fix: "Raise it: kubectl x" });
  const unseen = result({ id: "nodes", severity: "unknown", message: "not known: no right to list nodes" });
  expect(text([result({}), bad, unseen, result({ id: "lock", severity: "warning", message: "held" })])).toBe(
    `edge-a
------
√ quota: fits
× quota: no room
    seen: 4 of 4
    fix:  Raise it: kubectl x
    see:  docs/check.md#quota
? nodes: not known: no right to list nodes
    see:  docs/check.md#quota
‼ lock: held
    see:  docs/check.md#quota

× 1 wrong, 1 not known, 1 to look at, 1 well
`,
  );
});

it("is ASCII for terminals that show no more", () => {
  const all = (["ok", "warning", "error", "unknown"] as const).map((severity) => result({ severity }));
  for (const env of [{ TERM: "dumb", LANG: "C.UTF-8" }, { LANG: "C" }]) {
    expect(text(all, env)).toMatch(/^[\n -~]*$/);
  }
});

it("lets nothing that a cluster holds act on the terminal", () => {
  const name = "x\u001b[2J\n::error::y\u202e";
  const shown = text([
    result({ severity: "error", scope: name, component: name, message: name, evidence: name, fix: name }),
  ]);
  expect(shown).toMatch(/^[\n\p{L}\p{N}\p{P}\p{S} ]*$/u);
  expect(shown).not.toMatch(/^\s*::error::/m);
});

it("says of many installations in one line what is well", () => {
  const many = ["a", "b", "c", "d", "e"].flatMap((scope) => [result({ scope }), result({ scope })]);
  expect(text([...many, result({ scope: "a", severity: "error", message: "no room" })])).toContain(
    "a\n-\n√ 2 checks\n× quota: no room\n",
  );
});

it("counts what is not known as not ok, and warnings not", () => {
  const okOf = (severity: CheckResult["severity"]) => reportOf(about, [result({ severity })]).ok;
  expect((["ok", "warning", "error", "unknown"] as const).map(okOf)).toEqual([true, true, false, false]);
});
