import { systemModuleIds } from "#contract";
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
}

/** One door of an installation's policy, `edgeAgent.policy`. */
export type PolicyNeed =
  | { readonly field: "hostNetwork" | "hostPid" | "hostIpc" | "privileged" | "root" }
  | { readonly field: "gpu" }
  | { readonly field: "devices"; readonly path: string }
  | { readonly field: "devices"; readonly rule: string }
  | { readonly field: "devices"; readonly resource: string }
  | { readonly field: "hostPorts"; readonly port: number }
  | { readonly field: "priorityClasses"; readonly name: string }
  | { readonly field: "tolerations" | "nodeLabels"; readonly key: string }
  | { readonly field: "annotations"; readonly prefix: string }
  | { readonly field: "capabilities"; readonly capability: string }
  | { readonly field: "hostPaths"; readonly pathPrefix: string; readonly readOnly: boolean };

/** Collects every problem of one manifest, and counts what it took to find them. */
export interface Problems {
  /** The manifest cannot be accepted. */
  error(path: string, message: string, remedy: string): void;
  /** The manifest cannot be accepted by this installation, and could by one whose policy has what it needs. */
  forbid(path: string, message: string, needs: PolicyNeed, remedy?: string): void;
  /** The manifest can be accepted, but a part of it has no effect. */
  warn(path: string, message: string, remedy: string): void;
  /** Like {@link Problems.warn}, of a field that has no effect in whichever module it stands: told once, at the first one. */
  ignore(path: string, message: string, remedy: string): void;
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
    error: (path, message, remedy) => keep(errors, { path, message, remedy }),
    forbid: (path, message, needs, remedy = removeOrAllow(needs)) => keep(errors, { path, message, remedy, needs }),
    warn: (path, message, remedy) => keep(warnings, { path, message, remedy }),
    ignore(path, message, remedy) {
      const inModule = path.replace(placeOfModule, "");
      // What stands outside of modules is of none of them, whatever it is called.
      const key = inModule === path ? path : ` ${inModule}: ${message}`;
      const known = ignored.get(key);
      if (known === undefined) {
        if (warnings.length < maxKept) ignored.set(key, { at: warnings.length, others: 0 });
        keep(warnings, { path, message, remedy });
        return;
      }
      known.others++;
      const first = warnings[known.at];
      const also = known.others === 1 ? "here and in another module" : `here and in ${known.others} other modules`;
      if (first !== undefined) warnings[known.at] = { ...first, message: `${message}, ${also}` };
    },
  };
}

const placeOfModule = /^(?:modules(?:\.[\w$-]+|\["(?:[^"\\]|\\.)*"\])|systemModules\.\w+)\./;

/** The way out for what the policy can allow, where there is no better one. */
export function removeOrAllow({ field }: PolicyNeed): string {
  return `Remove it, or let the installation allow it by edgeAgent.policy.${field}.`;
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
export function shown(value: unknown): string {
  const text = JSON.stringify(typeof value === "string" ? value.slice(0, maxShown + 1) : value) ?? String(value);
  return text.length <= maxShown ? text : `${text.slice(0, maxShown)}...`;
}

const plainKey = /^[A-Za-z_$][\w$-]*$/;

/** Path of a field: keys that are no plain words, or long ones, stand in quotes, cut to a readable length. */
export function pathOf(parent: string, key: string | number): string {
  if (typeof key === "number") return `${parent}[${key}]`;
  if (key.length > maxShown || !plainKey.test(key)) return `${parent}[${shown(key)}]`;
  return parent === "" ? key : `${parent}.${key}`;
}

/** Path of a module by its id: that of the hub is no key of `modules`. */
export function pathOfModule(id: string): string {
  return id === systemModuleIds.edgeHub ? "systemModules.edgeHub" : pathOf("modules", id);
}
