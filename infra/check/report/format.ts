import { cleanLine, showsUnicode } from "../../terminal/index.ts";
import type { CheckResult } from "../model/check.ts";
import type { Severity } from "../model/verdict.ts";
import type { CheckReport } from "./report.ts";

type Marks = Readonly<Record<Severity, string>>;
const symbols: Marks = { ok: "√", warning: "‼", error: "×", unknown: "?" };
const ascii: Marks = { ok: "[ok]", warning: "[!!]", error: "[xx]", unknown: "[??]" };

/** Those that a terminal shows. */
export function marksFor(env: NodeJS.ProcessEnv): Marks {
  return showsUnicode(env) ? symbols : ascii;
}

/** Installations whose checks are listed one by one; of more, what is well takes one line. */
const mostListed = 3;

/** A report as people read it: what is wrong with what was seen and what to do, below the mark of each check. */
export function formatReport(report: CheckReport, marks: Marks): string {
  const scopes = [...Map.groupBy(report.checks, ({ scope }) => scope)];
  const isLong = scopes.length > mostListed + 1;
  const sections = scopes.map(([scope, results]) => {
    const lines =
      isLong && scope !== "cluster" ? shortened(results, marks) : results.flatMap((one) => lineOf(one, marks));
    return `${[scope, "-".repeat(scope.length), ...lines].map((line) => `${cleanLine(line)}\n`).join("")}\n`;
  });
  return `${sections.join("")}${summary(report, marks)}\n`;
}

function shortened(results: readonly CheckResult[], marks: Marks): readonly string[] {
  const well = results.filter(({ severity }) => severity === "ok").length;
  const rest = results.filter(({ severity }) => severity !== "ok");
  return [`${marks.ok} ${well} checks`, ...rest.flatMap((one) => lineOf(one, marks))];
}

function lineOf({ severity, id, component, message, evidence, fix, docs, milliseconds }: CheckResult, marks: Marks) {
  const time = milliseconds === undefined ? "" : ` (${Math.round(milliseconds)} ms)`;
  const who = component === undefined ? "" : `${component}: `;
  const head = `${marks[severity]} ${id}: ${who}${message}${time}`;
  if (severity === "ok") return [head];
  const seen = evidence === "" || message.includes(evidence) ? [] : [`    seen: ${evidence}`];
  return [head, ...seen, ...(fix === "" ? [] : [`    fix:  ${fix}`]), `    see:  ${docs}`];
}

function summary({ counts, ok }: CheckReport, marks: Marks): string {
  const parts = [
    [counts.error, "wrong"],
    [counts.unknown, "not known"],
    [counts.warning, "to look at"],
    [counts.ok, "well"],
  ] as const;
  const told = parts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  return `${marks[ok ? "ok" : counts.error > 0 ? "error" : "unknown"]} ${told.join(", ") || "nothing was looked at"}`;
}
