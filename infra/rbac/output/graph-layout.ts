import type { Report } from "../report/model.ts";
import { permissionText, scopeText, signOf } from "./wording.ts";

/** What kind of change an edge or node belongs to. */
export type Tone = "gained" | "lost" | "kept";

export interface GraphNode {
  /** Kind of the object, or where the power counts. */
  readonly caption: string;
  readonly label: string;
  readonly column: number;
  readonly row: number;
  /** Whether a rule finds it critical or high. */
  readonly risky: boolean;
}

export interface GraphEdge {
  readonly from: GraphNode;
  readonly to: GraphNode;
  readonly tone: Tone;
}

export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  /** Chains that did not fit, the least risky ones. */
  readonly omitted: readonly Chain[];
}

export const columnTitles = ["subject", "binding", "role", "power"] as const;
const maxChains = 60;

export interface Label {
  readonly caption: string;
  readonly label: string;
}

/** From a subject over binding and role to a power. */
export interface Chain {
  readonly labels: readonly [subject: Label, binding: Label, role: Label, power: Label];
  readonly tone: Tone;
  readonly risky: boolean;
}

/** The chains of a report, each from a subject over binding and role to a power, on a grid of four columns. */
export function layOut(report: Report): Graph {
  const all = report.kind === "lint" ? chainsOfFindings(report) : chainsOfChanges(report);
  const chains = all.toSorted((a, b) => Number(b.risky) - Number(a.risky));
  const nodes = new Map<string, GraphNode>();
  const rows = [0, 0, 0, 0];
  const place = ({ caption, label }: Label, column: number, risky: boolean) => {
    const key = `${column} ${caption} ${label}`;
    const known = nodes.get(key);
    if (known !== undefined) return known;
    const row = rows[column] ?? 0;
    rows[column] = row + 1;
    const node = { caption, label, column, row, risky };
    nodes.set(key, node);
    return node;
  };
  const edges = new Map<string, GraphEdge>();
  for (const { labels, tone, risky } of chains.slice(0, maxChains)) {
    const placed = labels.map((label, column) => place(label, column, column === 3 && risky));
    for (const [index, to] of placed.entries()) {
      const from = placed[index - 1];
      if (from !== undefined) edges.set(`${tone} ${from.column} ${from.row} ${to.row}`, { from, to, tone });
    }
  }
  return { nodes: [...nodes.values()], edges: [...edges.values()], omitted: chains.slice(maxChains) };
}

function chainsOfChanges({ changes, findings }: Report): Chain[] {
  const risky = new Set(
    findings
      .filter(({ severity, introduced }) => introduced && (severity === "critical" || severity === "high"))
      .flatMap(({ about, scope, permissions }) => permissions.map((permission) => `${about} ${scope} ${permission}`)),
  );
  return changes.flatMap((change) =>
    [...change.gained, ...change.lost].flatMap((line) => {
      const gained = signOf(line) === "+";
      const isRisky = line.verbs.some((verb) => risky.has(`${change.subject} ${line.scope} ${verb} ${line.target}`));
      return chainsVia(
        change.subject,
        line.via,
        { caption: scopeText(line.scope), label: permissionText(line) },
        {
          tone: gained ? "gained" : "lost",
          risky: gained && isRisky,
        },
      );
    }),
  );
}

function chainsOfFindings({ findings }: Report): Chain[] {
  return findings.flatMap(({ about, via, permissions, scope, severity }) =>
    chainsVia(
      about,
      via,
      { caption: scopeText(scope), label: permissions.slice(0, 3).join(", ") },
      {
        tone: "kept",
        risky: severity === "critical" || severity === "high",
      },
    ),
  );
}

function chainsVia(
  subject: string,
  via: readonly string[],
  power: Label,
  rest: Pick<Chain, "tone" | "risky">,
): Chain[] {
  return via.map((path) => {
    const [binding = "", role = ""] = path.split(" -> ");
    return { labels: [labelOf(subject), labelOf(binding), labelOf(role), power], ...rest };
  });
}

/** `Role edge-a/edgeagent` is a Role of that name. */
function labelOf(object: string): Label {
  const space = object.indexOf(" ");
  return { caption: object.slice(0, Math.max(0, space)), label: object.slice(space + 1) };
}
