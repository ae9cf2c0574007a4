import { basename } from "node:path";
import { cleanLine } from "../terminal/index.ts";
import { variablesFileName } from "./file-content.ts";
import type { Finding, Judgement, ManifestCheck } from "./judgement.ts";

/** The report as people read it. What comes from the manifest holds nothing that a terminal acts on. */
export function formatCheck({ file, layers = [], judgements }: ManifestCheck): string {
  return judgements.map((judgement) => formatJudgement(file, layers, judgement)).join("\n");
}

function formatJudgement(file: string, layers: readonly string[], judgement: Judgement) {
  const { installation, accepted, acceptedWithPolicy, policy, profile, findings } = judgement;
  const count = (severity: Finding["severity"]) => {
    const { length } = findings.filter((one) => one.severity === severity);
    return `${length} ${severity}${length === 1 ? "" : "s"}`;
  };
  const verdict = accepted ? "accepted" : "refused";
  const lines = [
    `${cleanLine([file, ...layers].join(" + "))}: ${verdict} by ${cleanLine(installation)}, ${count("error")}, ${count("warning")}`,
    ...findings.map((finding) => formatFinding(file, finding)),
  ];
  if (Object.keys(policy).length > 0) {
    lines.push(
      acceptedWithPolicy
        ? "It is accepted once the installation has:"
        : "Beside what is to correct, the installation needs:",
      "  edgeAgent:",
      `    policy: ${cleanLine(JSON.stringify(policy))}`,
    );
    if (profile !== undefined) {
      lines.push("or the narrowest profile that holds all of this, and more:", `    policy: {"profile":"${profile}"}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

function formatFinding(base: string, { severity, path, message, remedy, file = base, line, column }: Finding): string {
  const place = line === undefined ? file : `${file}:${line}:${column}`;
  const subject = basename(file) === variablesFileName ? "" : `${path === "" ? "manifest" : path}: `;
  return cleanLine(`  ${severity.padEnd(7)}  ${place}  ${subject}${message}. ${remedy}`);
}
