/** A label selector of the Kubernetes API (meta/v1). An empty one selects everything. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly LabelRequirement[];
}

export interface LabelRequirement {
  readonly key: string;
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
  readonly values?: readonly string[];
}

/** Whether an object with these labels is selected. `NotIn` holds for objects that lack the label. */
export function selects(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  const own = (key: string) => (Object.hasOwn(labels, key) ? labels[key] : undefined);
  const equal = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => own(key) === value);
  return equal && (selector.matchExpressions ?? []).every((requirement) => holds(requirement, own(requirement.key)));
}

function holds({ operator, values = [] }: LabelRequirement, value: string | undefined): boolean {
  if (operator === "Exists") return value !== undefined;
  if (operator === "DoesNotExist") return value === undefined;
  const listed = value !== undefined && values.includes(value);
  return operator === "In" ? listed : !listed;
}
