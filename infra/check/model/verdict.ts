/** How bad it is. `unknown`: it could not be seen, so nothing is said about it. */
export type Severity = "ok" | "warning" | "error" | "unknown";

export const severities: readonly Severity[] = ["ok", "warning", "error", "unknown"];

/** What was made of one thing that was looked at, whoever looked. */
export interface Judgement {
  readonly severity: "ok" | "warning" | "error";
  readonly message: string;
  /** What was seen, in one line. Never a secret. */
  readonly evidence: string;
  /** The way out; empty where nothing is wrong. Commands in it run as they stand. */
  readonly fix: string;
}

/** What a check says. */
export interface Verdict extends Omit<Judgement, "severity"> {
  readonly severity: Severity;
  /** `iotedged`, `edgeagent`, or a module's id; absent where none of them alone is concerned. */
  readonly component?: string | undefined;
  /** Id of the cause in docs/troubleshooting.md, where that is what was found. */
  readonly cause?: string | undefined;
  /** How long it took, where that was measured. */
  readonly milliseconds?: number | undefined;
}

export function fine(message: string, evidence = ""): Judgement {
  return { severity: "ok", message, evidence, fix: "" };
}

export function wrong(message: string, evidence: string, fix: string): Judgement {
  return { severity: "error", message, evidence, fix };
}

export function doubtful(message: string, evidence: string, fix: string): Judgement {
  return { severity: "warning", message, evidence, fix };
}

const shown = 8;

/** The first few of many, in one line. */
export function firstOf(items: readonly string[], most = shown): string {
  const more = items.length > most ? `, and ${items.length - most} more` : "";
  return `${items.slice(0, most).join("; ")}${more}`;
}
