import { systemModuleIds } from "#contract";
import { fixed, inParts, Message, type OwnWords, Quoted, say } from "./message.ts";
import { noWork, type Work } from "./reading-cost.ts";

/** Something wrong in a deployment manifest. */
export interface Problem {
  /** Where, below `properties.desired`: `modules.sensor.settings.image`. Empty for the document itself. */
  readonly path: string;
  /** What is wrong, with the value. */
  readonly message: string;
  /** The way out. */
  readonly remedy: string;
  /** What in the installation's policy would allow it; absent where nothing there can. */
  readonly needs?: PolicyNeed;
  /** What of the installation beside its policy would allow it, or give it its effect; absent where nothing does. */
  readonly switch?: ModuleSwitch;
}

/** What an installation turns on for manifests beside its policy: keys of `edgeAgent` in a stack. */
export const moduleSwitches = ["registryCredentials", "jobs", "volumes.create"] as const;
export type ModuleSwitch = (typeof moduleSwitches)[number];

/** One door of an installation's policy, `edgeAgent.policy`. */
export type PolicyNeed =
  | { readonly field: "hostNetwork" | "hostPid" | "hostIpc" | "privileged" | "root" }
  | { readonly field: "gpu" }
  | { readonly field: "devices"; readonly path: string }
  | { readonly field: "devices"; readonly rule: string }
  | { readonly field: "devices"; readonly resource: string }
  | { readonly field: "hostPorts"; readonly port: number | string }
  | { readonly field: "priorityClasses"; readonly name: string }
  | { readonly field: "tolerations" | "nodeLabels"; readonly key: string }
  | { readonly field: "annotations"; readonly prefix: string }
  | { readonly field: "capabilities"; readonly capability: string }
  | { readonly field: "hostPaths"; readonly pathPrefix: string; readonly readOnly: boolean };

/** What is quoted of a manifest is marked as such, by {@link say}: the compiler lets nothing else in. */
export type Report = <Words extends string | Message, Way extends string | Message>(
  path: string,
  message: Words & OwnWords<Words>,
  remedy: Way & OwnWords<Way>,
  turnedOn?: ModuleSwitch,
) => void;

/** What a problem says, with what it quotes. */
export interface Told {
  readonly message: Message;
  readonly remedy: Message;
}

const told = new WeakMap<Problem, Told>();

/** The message and the remedy of a problem in their parts. */
export function toldOf(problem: Problem): Told {
  return (
    told.get(problem) ?? {
      message: new Message([quotedWhole(problem.message)]),
      remedy: new Message([quotedWhole(problem.remedy)]),
    }
  );
}

/** Of a problem that was not told by its parts, nothing is known to be the parser's own. */
function quotedWhole(text: string): Quoted {
  return new Quoted(text, String);
}

/** A problem that can be taken apart again. */
export function problemOf(
  path: string,
  message: string | Message,
  remedy: string | Message,
  opens: Pick<Problem, "needs" | "switch"> = {},
): Problem {
  const problem = { path, message: String(message), remedy: String(remedy), ...opens };
  told.set(problem, { message: inParts(message), remedy: inParts(remedy) });
  return problem;
}

/** Collects every problem of one manifest, and counts what it took to find them. */
export interface Problems {
  /** The manifest cannot be accepted. */
  error: Report;
  /** The manifest cannot be accepted by this installation, and could by one whose policy has what it needs. */
  forbid<Words extends string | Message, Way extends string | Message>(
    path: string,
    message: Words & OwnWords<Words>,
    needs: PolicyNeed,
    remedy?: Way & OwnWords<Way>,
  ): void;
  /** The manifest can be accepted, but a part of it has no effect. */
  warn: Report;
  /** Like {@link Problems.warn}, of a field that has no effect in whichever module it stands: told once, at the first one. */
  ignore: Report;
  readonly errors: readonly Problem[];
  readonly warnings: readonly Problem[];
  /** Whether no further error is kept: then there is no need to look for more. */
  readonly hasAllErrors: boolean;
  readonly hasAllWarnings: boolean;
  readonly work: Work;
}

/** More of a kind are counted, but not kept: a hostile manifest has as many as it has bytes. */
const maxKept = 100;
const maxShown = 80;

export function createProblems(work: Work = noWork()): Problems {
  const errors: Problem[] = [];
  const warnings: Problem[] = [];
  const keep = (list: Problem[], problem: Problem) => {
    if (list.length < maxKept) list.push(problem);
  };
  const ignored = new Map<string, { readonly at: number; others: number }>();
  return {
    errors,
    warnings,
    work,
    get hasAllErrors() {
      return errors.length >= maxKept;
    },
    get hasAllWarnings() {
      return warnings.length >= maxKept;
    },
    error: (path, message, remedy, turnedOn) => keep(errors, problemOf(path, message, remedy, by(turnedOn))),
    forbid: (path, message, needs, remedy) =>
      keep(errors, problemOf(path, message, remedy ?? removeOrAllow(needs), { needs })),
    warn: (path, message, remedy, turnedOn) => keep(warnings, problemOf(path, message, remedy, by(turnedOn))),
    ignore(path, message, remedy) {
      const inModule = path.replace(placeOfModule, "");
      // What stands outside of modules is of none of them, whatever it is called.
      const key = inModule === path ? path : ` ${inModule}: ${message}`;
      const known = ignored.get(key);
      if (known === undefined) {
        if (warnings.length < maxKept) ignored.set(key, { at: warnings.length, others: 0 });
        keep(warnings, problemOf(path, message, remedy));
        return;
      }
      known.others++;
      const first = warnings[known.at];
      const also = known.others === 1 ? "here and in another module" : `here and in ${known.others} other modules`;
      if (first !== undefined)
        warnings[known.at] = problemOf(first.path, say`${inParts(message)}, ${fixed(also)}`, remedy);
    },
  };
}

function by(turnedOn: ModuleSwitch | undefined): Pick<Problem, "switch"> {
  return turnedOn === undefined ? {} : { switch: turnedOn };
}

const placeOfModule = /^(?:modules(?:\.[\w$-]+|\["(?:[^"\\]|\\.)*"\])|systemModules\.\w+)\./;

/** The way out for what the policy can allow, where there is no better one. */
export function removeOrAllow({ field }: PolicyNeed): Message {
  return say`Remove it, or let the installation allow it by edgeAgent.policy.${fixed(field)}.`;
}

/** One line: `modules.sensor.status: "sleeping" is not one of running, stopped. Write one of them.` */
export function describeProblem({ path, message, remedy }: Problem): string {
  return `${path === "" ? "manifest" : path}: ${message}. ${remedy}`;
}

/** A value as text. `String` would throw where an object has a field `toString`. */
export function plainText(value: unknown): string {
  return typeof value === "object" && value !== null ? (JSON.stringify(value) ?? "") : String(value);
}

/** A value as it stands in the manifest, cut to a readable length. */
export function shown(value: unknown): Quoted {
  return new Quoted(value, inJson);
}

function inJson(value: unknown): string {
  const text = JSON.stringify(typeof value === "string" ? value.slice(0, maxShown + 1) : value) ?? String(value);
  return text.length <= maxShown ? text : `${text.slice(0, maxShown)}...`;
}

const plainKey = /^[A-Za-z_$][\w$-]*$/;

/** Path of a field: keys that are no plain words, or long ones, stand in quotes, cut to a readable length. */
export function pathOf(parent: string, key: string | number): string {
  if (typeof key === "number") return `${parent}[${key}]`;
  if (key.length > maxShown || !plainKey.test(key)) return `${parent}[${inJson(key)}]`;
  return parent === "" ? key : `${parent}.${key}`;
}

/** Path of a module by its id: that of the hub is no key of `modules`. */
export function pathOfModule(id: string): string {
  return id === systemModuleIds.edgeHub ? "systemModules.edgeHub" : pathOf("modules", id);
}
