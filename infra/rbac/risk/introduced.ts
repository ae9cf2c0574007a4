import { describeObject, type Origin } from "../model/objects.ts";
import { covers, type Permission, permissionKey } from "../model/permission.ts";
import type { PowerIndex } from "../model/power.ts";
import { type Subject, subjectKey } from "../model/subject.ts";
import { type Evidence, type Finding, fingerprintOf, weighed } from "./finding.ts";
import { type Severity, severityRank, worse } from "./severity.ts";

/** The findings of a head, apart by whether the change brings them. */
export interface Attributed {
  readonly findings: readonly Finding[];
  /** Those of the findings that the change brings. */
  readonly introduced: ReadonlySet<Finding>;
}

/**
 * Tells what a change brings: a finding is new when permissions of it are, or when these lead further than before. One of
 * which a part is new becomes two: the new part, judged by itself with the rest as context, and what was there before.
 * What remains of a wider permission is nothing new, even if another rule found that one.
 *
 * @param before the state of the base
 * @param base findings in that state
 */
export function attribute(before: PowerIndex, base: readonly Finding[], head: readonly Finding[]): Attributed {
  const earlier = new Earlier(before, base);
  const introduced = new Set<Finding>();
  const findings = head.flatMap((finding) => {
    const { brought, kept } =
      finding.evidence.length > 0 ? splitByEvidence(finding, earlier) : splitWhole(finding, earlier);
    for (const part of brought) introduced.add(part);
    return kept === undefined ? brought : [...brought, kept];
  });
  return { findings, introduced };
}

interface Parts {
  readonly brought: readonly Finding[];
  readonly kept?: Finding;
}

function splitByEvidence(finding: Finding, earlier: Earlier): Parts {
  const parts = Map.groupBy(finding.evidence, (one) => earlier.compare(finding, one));
  const [added = [], raised = [], kept = []] = (["new", "worse", "same"] as const).map((how) => parts.get(how));
  if (added.length + raised.length === 0) return { brought: [], kept: finding };
  const context = [...raised, ...kept].map(({ permission }) => permission);
  return {
    brought: [
      ...(added.length === 0
        ? []
        : [{ ...weighed(finding, added), earlier: context, origin: earlier.changedPlace(finding) }]),
      ...(raised.length === 0 ? [] : [{ ...weighed(finding, raised), leadsFurther: true }]),
    ],
    ...(kept.length === 0 ? {} : { kept: weighed(finding, kept) }),
  };
}

/** A rule about a state is new as a whole; where it is about permissions, those that were there are context. */
function splitWhole(finding: Finding, earlier: Earlier): Parts {
  const old = earlier.same(finding);
  if (old === undefined || severityRank(finding.severity) > severityRank(old.severity)) return { brought: [finding] };
  const isOld = (permission: Permission) => old.permissions.some((one) => covers(one, permission));
  const added = finding.permissions.filter((permission) => !isOld(permission));
  if (added.length === 0) return { brought: [], kept: finding };
  return { brought: [{ ...finding, permissions: added, earlier: finding.permissions.filter(isOld) }] };
}

/** What was true in the base. */
class Earlier {
  readonly #before: PowerIndex;
  readonly #same: ReadonlyMap<string, Finding>;
  readonly #worst = new Map<string, Severity>();
  readonly #bindings: ReadonlySet<string>;

  constructor(before: PowerIndex, base: readonly Finding[]) {
    this.#before = before;
    this.#bindings = new Set(
      before.state.bindings.flatMap((binding) => {
        const { roleRef, namespace, subjects } = binding;
        const role = describeObject({ ...roleRef, namespace: roleRef.kind === "Role" ? namespace : "" });
        return subjects.map((subject) => bindingKey(describeObject(binding), role, subject));
      }),
    );
    this.#same = new Map(base.map((finding) => [fingerprintOf(finding), finding]));
    for (const { about, rule, scope, severity } of base) {
      for (const key of [placeKey(about, scope), placeKey(about, scope, rule.id)]) {
        const known = this.#worst.get(key);
        this.#worst.set(key, known === undefined ? severity : worse(known, severity));
      }
    }
  }

  same(finding: Finding): Finding | undefined {
    return this.#same.get(fingerprintOf(finding));
  }

  /** Where to look for what brings a finding: the role, where its bindings are as they were. */
  changedPlace({ paths: [path], subject, origin }: Finding): Origin {
    if (path === undefined || subject === undefined) return origin;
    const { roleOrigin } = path;
    const isDeclared = Object.keys(roleOrigin).length > 0 && roleOrigin.builtin !== true;
    return isDeclared && this.#bindings.has(bindingKey(path.binding, path.role, subject)) ? roleOrigin : origin;
  }

  /** How a permission of a subject stands to what it had. */
  compare(finding: Finding, { permission, severity }: Evidence): "new" | "worse" | "same" {
    const { subject, scope, about, rule } = finding;
    if (subject === undefined || !this.#before.holds(subject, scope, permission)) return "new";
    const key = permissionKey(permission);
    const old = this.same(finding)?.evidence.find((one) => permissionKey(one.permission) === key);
    // Something wider may have been found, also by another rule. What a group has is found there.
    const was = old?.severity ?? this.#worstOf(about, scope, rule.id) ?? this.#worstOf(about, scope);
    return was === undefined || severityRank(was) >= severityRank(severity) ? "same" : "worse";
  }

  #worstOf(about: string, scope: string, rule?: string): Severity | undefined {
    const found = ["", scope].flatMap((place) => this.#worst.get(placeKey(about, place, rule)) ?? []);
    return found.length === 0 ? undefined : found.reduce(worse);
  }
}

const bindingKey = (binding: string, role: string, subject: Subject) =>
  JSON.stringify([binding, role, subjectKey(subject)]);
const placeKey = (about: string, scope: string, rule = "") => JSON.stringify([about, scope, rule]);
