import { basename } from "node:path";
import { cleanLine } from "../terminal/index.ts";
import { variablesFileName } from "./file-content.ts";
import type { Finding, Judgement, ManifestCheck } from "./judgement.ts";

/** The report as people read it. What comes from the manifest holds nothing that a terminal acts on. */
export function formatCheck({ file, layers = [], judgements }: ManifestCheck): string {
  return judgements.map((judgement) => formatJudgement(file, layers, judgement)).join("\n");
}

function formatJudgement(file: string, layers: readonly string[], judgement: Judgement) {
  const { installation, accepted, findings } = judgement;
  const count = (severity: Finding["severity"]) => {
    const { length } = findings.filter((one) => one.severity === severity);
    return `${length} ${severity}${length === 1 ? "" : "s"}`;
  };
  const verdict = accepted ? "accepted" : "refused";
  const lines = [
    `${cleanLine([file, ...layers].join(" + "))}: ${verdict} by ${cleanLine(installation)}, ${count("error")}, ${count("warning")}`,
    ...findings.map((finding) => formatFinding(file, finding)),
  ];
  lines.push(...formatNeeds(judgement));
  return `${lines.join("\n")}\n`;
}

/** What a stack's file is to have, as it has it. */
function formatNeeds(judgement: Judgement): readonly string[] {
  const { policy, edgeAgent = {}, profile } = judgement;
  const hasPolicy = Object.keys(policy).length > 0;
  const keys = Object.entries({ ...edgeAgent, ...(hasPolicy ? { policy } : {}) });
  if (keys.length === 0) return [];
  const others = Object.keys(edgeAgent).length;
  const narrowest =
    others === 0
      ? "or the narrowest profile that holds all of this, and more:"
      : "or in place of this policy the narrowest profile that holds all of it, and more:";
  return [
    needsTitle(judgement),
    "  edgeAgent:",
    ...keys.map(([key, value]) => `    ${key}: ${cleanLine(JSON.stringify(value))}`),
    ...(profile === undefined || !hasPolicy ? [] : [narrowest, `    policy: {"profile":"${profile}"}`]),
  ];
}

function needsTitle({ accepted, acceptedWithPolicy, findings }: Judgement): string {
  if (!acceptedWithPolicy) return "Beside what is to correct, the installation needs:";
  if (accepted) return "All of it has its effect once the installation has:";
  const isWhole = findings.some(({ severity, needs }) => severity === "warning" && needs !== undefined);
  return isWhole
    ? "It is accepted, and all of it has its effect, once the installation has:"
    : "It is accepted once the installation has:";
}

function formatFinding(base: string, { severity, path, message, remedy, file = base, line, column }: Finding): string {
  const place = line === undefined ? file : `${file}:${line}:${column}`;
  const subject = basename(file) === variablesFileName ? "" : `${path === "" ? "manifest" : path}: `;
  return cleanLine(`  ${severity.padEnd(7)}  ${place}  ${subject}${message}. ${remedy}`);
}
