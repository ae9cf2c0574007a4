import { parser } from "@prometheus-io/lezer-promql";

/** One time series at one time. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

type Value = number | readonly Sample[];
type Node = ReturnType<typeof parser.parse>["topNode"];

/**
 * What a PromQL expression gives at one time, of the part of the language that rules about times need: selectors, `min`,
 * `max`, `time()`, arithmetic and comparisons with a scalar.
 *
 * @param now seconds since the epoch
 * @throws Error for any other part of the language
 */
export function evaluate(expr: string, samples: readonly Sample[], now: number): Value {
  const text = ({ from, to }: Node) => expr.slice(from, to);
  const childOf = (node: Node, kind: string) => node.getChild(kind) as Node;

  function resultOf(node: Node): Value {
    switch (node.name) {
      case "PromQL":
        return resultOf(node.firstChild as Node);
      case "NumberDurationLiteral":
        return Number(text(node));
      case "FunctionCall":
        if (text(node) === "time()") return now;
        break;
      case "VectorSelector":
        return samples.filter((sample) => isSelected(node, sample));
      case "AggregateExpr":
        return aggregate(node);
      case "BinaryExpr":
        return combine(node);
    }
    throw new Error(`cannot evaluate ${node.name} ${text(node)}`);
  }

  function isSelected(selector: Node, { name, labels }: Sample): boolean {
    const matchers = selector.getChild("LabelMatchers")?.getChildren("UnquotedLabelMatcher") ?? [];
    return (
      name === text(childOf(selector, "Identifier")) &&
      matchers.every((matcher) => {
        const [label, operator, wanted] = ["LabelName", "MatchOp", "StringLiteral"].map((kind) =>
          text(childOf(matcher, kind)),
        );
        const value = labels[label as string] ?? "";
        const pattern = JSON.parse(wanted as string);
        if (operator === "=") return value === pattern;
        if (operator === "=~") return new RegExp(`^(?:${pattern})$`).test(value);
        throw new Error(`cannot evaluate ${text(matcher)}`);
      })
    );
  }

  function aggregate(node: Node): Value {
    const fold = { min: Math.min, max: Math.max }[text(childOf(node, "AggregateOp"))];
    const members = resultOf(childOf(node, "FunctionCallBody").firstChild as Node);
    if (fold === undefined || typeof members === "number") throw new Error(`cannot evaluate ${text(node)}`);
    const grouping = node.getChild("AggregateModifier")?.getChild("GroupingLabels");
    const by = grouping?.getChildren("LabelName").map(text) ?? [];
    const groups = Map.groupBy(members, ({ labels }) =>
      JSON.stringify(by.map((label) => [label, labels[label] ?? ""])),
    );
    return [...groups].map(([key, group]) => ({
      name: "",
      labels: Object.fromEntries(JSON.parse(key)),
      value: fold(...group.map(({ value }) => value)),
    }));
  }

  function combine(node: Node): Value {
    const [left, operator, right] = [node.firstChild, node.firstChild?.nextSibling, node.lastChild] as Node[];
    const [a, b] = [resultOf(left as Node), resultOf(right as Node)];
    const calculate = arithmetic[text(operator as Node)];
    const compare = comparisons[text(operator as Node)];
    if (calculate !== undefined) {
      if (typeof a === "number")
        return typeof b === "number" ? calculate(a, b) : mapped(b, (value) => calculate(a, value));
      if (typeof b === "number") return mapped(a, (value) => calculate(value, b));
    }
    if (compare !== undefined && typeof a !== "number" && typeof b === "number")
      return a.filter(({ value }) => compare(value, b));
    throw new Error(`cannot evaluate ${text(node)}`);
  }

  return resultOf(parser.parse(expr).topNode);
}

function mapped(samples: readonly Sample[], change: (value: number) => number): Sample[] {
  return samples.map((sample) => ({ ...sample, value: change(sample.value) }));
}

const arithmetic: Readonly<Record<string, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
};

const comparisons: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  "<": (a, b) => a < b,
  ">": (a, b) => a > b,
  "==": (a, b) => a === b,
};
