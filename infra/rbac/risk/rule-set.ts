import type { Permission } from "../model/permission.ts";
import type { Check } from "./check.ts";
import { checks } from "./checks.ts";
import { permissionRules } from "./permission-rules.ts";
import type { PermissionRule } from "./rule.ts";
import { RuleIndex } from "./rule-index.ts";
import type { Severity } from "./severity.ts";

/** Severities that somebody wants instead of a rule's own. */
export interface SeverityOverride {
  readonly cluster?: Severity | undefined;
  readonly namespace?: Severity | undefined;
}

/** What somebody changes about the rules. */
export interface Customization {
  /** Ids of rules that find nothing. */
  readonly disabled: ReadonlySet<string>;
  readonly severities: ReadonlyMap<string, SeverityOverride>;
  /** Rules of their own. */
  readonly rules: readonly PermissionRule[];
}

const nothingChanged: Customization = { disabled: new Set(), severities: new Map(), rules: [] };

/** The rules by which a state is judged. */
export class RuleSet {
  /** Rules about states, those that are switched off left out. */
  readonly checks: readonly Check[];
  /** Undefined where somebody switched it off. */
  readonly wildcard: PermissionRule | undefined;
  readonly #index: RuleIndex;
  readonly #severities: Customization["severities"];

  constructor({ disabled, severities, rules }: Customization = nothingChanged) {
    const isOn = ({ id }: { readonly id: string }) => !disabled.has(id);
    const permissions = [...permissionRules, ...rules].filter(isOn).map((rule) => withSeverity(rule, severities));
    this.checks = checks.filter(isOn);
    this.wildcard = permissions.find(({ id }) => id === "wildcard");
    this.#index = new RuleIndex(permissions);
    this.#severities = severities;
  }

  matching(permission: Permission): PermissionRule[] {
    return this.#index.matching(permission);
  }

  /** How bad a finding of a rule about states is, which says so itself unless somebody wants it otherwise. */
  severityOf(check: Check, finding: { readonly severity: Severity; readonly scope: string }): Severity {
    const override = this.#severities.get(check.id);
    return (finding.scope === "" ? override?.cluster : override?.namespace) ?? finding.severity;
  }
}

function withSeverity(rule: PermissionRule, severities: Customization["severities"]): PermissionRule {
  const { cluster = rule.severity, namespace = rule.namespaced } = severities.get(rule.id) ?? {};
  // Whoever weighs a rule for the cluster weighs it for the namespaces that count as the cluster.
  const { controlPlane: _, ...rest } = rule;
  const kept = cluster === rule.severity ? rule : rest;
  return { ...kept, severity: cluster, ...(namespace === undefined ? {} : { namespaced: namespace }) };
}

/** The rules as they are, without anybody's changes. */
export const standardRules = new RuleSet();
