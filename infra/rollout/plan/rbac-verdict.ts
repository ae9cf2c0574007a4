import { createHash } from "node:crypto";
import { canonicalJson, EdgeError } from "#base";
import { buildDiff, Collector, type ReportOptions, relative, type Source } from "../../rbac/index.ts";
import type { ClusterChange } from "../model/ports.ts";
import type { RbacVerdict } from "../model/run.ts";

const ranks: readonly RbacVerdict["outcome"][] = ["nothing", "changes", "undecided", "over-threshold"];

/** Judges what changes do to permissions; each change once, however many clusters have it. */
export class RbacJudge {
  readonly #options: ReportOptions;
  readonly #known = new Map<string, RbacVerdict>();

  constructor(options: ReportOptions = {}) {
    this.#options = options;
  }

  judge({ before, after }: Pick<ClusterChange, "before" | "after">): RbacVerdict {
    const namespace = onlyNamespace([...before, ...after]);
    const [base, head] = [digest(before, namespace), digest(after, namespace)];
    if (base === head) return { outcome: "nothing", text: "no permission change" };
    const key = `${base} ${head}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const verdict = this.#compare(before, after);
    this.#known.set(key, verdict);
    return verdict;
  }

  #compare(before: readonly unknown[], after: readonly unknown[]): RbacVerdict {
    try {
      const { outcome, text } = buildDiff(sourceOf("before", before), sourceOf("after", after), this.#options).verdict;
      return { outcome, text };
    } catch (error) {
      if (error instanceof EdgeError) return { outcome: "undecided", text: error.message };
      throw error;
    }
  }
}

/** The more serious of two verdicts. */
export function worse(a: RbacVerdict, b: RbacVerdict): RbacVerdict {
  return ranks.indexOf(b.outcome) > ranks.indexOf(a.outcome) ? b : a;
}

function sourceOf(title: string, objects: readonly unknown[]): Source {
  const collector = new Collector({ cluster: "cluster" });
  for (const object of objects) collector.add(object, { origin: {}, identity: canonicalJson(object) });
  return { title, clusters: [collector.objects()] };
}

/** Digest of the objects with their namespace left out: what is the same but for that is judged the same. */
function digest(objects: readonly unknown[], namespace: string): string {
  const texts = objects.map((object) => relative(canonicalJson(object), namespace)).sort();
  return createHash("sha256").update(texts.join("\0")).digest("hex");
}

/** The one namespace of all objects, unless permissions in it weigh more than in others; else empty. */
function onlyNamespace(objects: readonly unknown[]): string {
  const namespaces = new Set(objects.map(namespaceOf).filter((namespace) => namespace !== ""));
  const [namespace = ""] = namespaces;
  const isSpecial = namespace === "default" || namespace.startsWith("kube-");
  return namespaces.size === 1 && !isSpecial ? namespace : "";
}

function namespaceOf(object: unknown): string {
  const { metadata } = (object ?? {}) as { readonly metadata?: { readonly namespace?: unknown } };
  return typeof metadata?.namespace === "string" ? metadata.namespace : "";
}
