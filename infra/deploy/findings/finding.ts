import type { LiveObject } from "../../kubernetes/index.ts";
import { type Cause, type CauseId, causes } from "./causes.ts";

/** What is wrong with an installation or a part of it, and what to do. */
export interface Finding {
  readonly id: CauseId;
  readonly severity: "error" | "warning";
  readonly namespace: string;
  /** `iotedged`, `edgeagent`, a module's id; absent where the installation as a whole is concerned. */
  readonly component?: string;
  /** Reads on from the component's name and a colon. */
  readonly message: string;
  /** What it was read from, as the cluster says it. */
  readonly evidence: string;
  readonly fix: string;
  /** Where and how often it was seen: by this, repeated looks are told from repeated failures. */
  readonly seen: Sighting;
}

export interface Sighting {
  /** What has it: a pod's or a workload's UID, or the namespace. */
  readonly subject: string;
  /** Another one for each time that it has happened anew; the same as long as nothing new is known. */
  readonly occurrence: string;
  /** Tells ways of failing apart that have one id, as by exit codes. */
  readonly cause?: string;
  /** How often the container has ended. */
  readonly runs?: number;
  /** When its last run began, as the API writes times. */
  readonly runSince?: string;
  /** What it would take, and is not there: it was looked for. */
  readonly missing?: readonly string[];
  /** Whether nothing in the cluster can bring what it lacks. */
  readonly isUnaided?: boolean;
  /** The log that says more. */
  readonly log?: ContainerLog;
}

export interface ContainerLog {
  readonly pod: string;
  readonly container: string;
  /** Whether it is that of the run before the present one. */
  readonly previous: boolean;
}

/** Command lines that run as they are printed, against the cluster that is looked at. */
export interface Hints {
  logs(moduleId: string, namespace: string, previous: boolean): string;
  restart(moduleId: string, namespace: string): string;
  /** Deploys again; where a repository says what is deployed, with what has to be done there. */
  readonly up: string;
  /** kubectl, with the options that name the cluster. */
  readonly kubectl: string;
  /** Another command of edgectl, with the options that name the cluster. */
  edgectl(words: readonly string[]): string;
  /** The same for an installation, of which one object tells who has deployed it. */
  of(object: LiveObject | undefined): Hints;
}

const maxEvidence = 2000;

/** @param details for the fix, beside the commands; with `part`, the stack says what the container is and gets */
export function findingOf(
  id: CauseId,
  {
    component,
    ...about
  }: Pick<Finding, "namespace" | "message" | "evidence" | "seen"> & { readonly component?: string | undefined },
  hints: Hints,
  details: Readonly<Record<string, string>> = {},
): Finding {
  const { severity, fix, ofStack = fix }: Cause = causes[id];
  const { up, kubectl } = hints;
  const known: Readonly<Record<string, string>> = { namespace: about.namespace, up, kubectl, ...details };
  return {
    id,
    severity,
    ...(component === undefined ? {} : { component }),
    ...about,
    evidence: oneLine(about.evidence).slice(0, maxEvidence),
    fix: (details.part === undefined ? fix : ofStack).replace(
      /\{(\w+)\}/g,
      (whole, key: string) => known[key] ?? whole,
    ),
  };
}

/** A finding in one line, for where nothing else of it is said. */
export function inOneLine({ message, evidence }: Finding): string {
  return message.includes(evidence) ? message : `${message} (${evidence})`;
}

export function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
