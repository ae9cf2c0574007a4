import type { V1Affinity, V1NodeSelectorTerm, V1PodAffinityTerm } from "@kubernetes/client-node";
import { pathOf } from "./problems.ts";

/** A term of an affinity, and where it stands. */
interface TermAt<Term> {
  readonly term: Term;
  readonly path: string;
}

const required = "requiredDuringSchedulingIgnoredDuringExecution";
const preferred = "preferredDuringSchedulingIgnoredDuringExecution";

/** Those that choose nodes, whether they must or had better be met. */
export function nodeTermsOf({ nodeAffinity }: V1Affinity, path: string): readonly TermAt<V1NodeSelectorTerm>[] {
  const at = pathOf(path, "nodeAffinity");
  const terms = pathOf(pathOf(at, required), "nodeSelectorTerms");
  return [
    ...(nodeAffinity?.[required]?.nodeSelectorTerms ?? []).map((term, index) => ({ term, path: pathOf(terms, index) })),
    ...(nodeAffinity?.[preferred] ?? []).map(({ preference }, index) => ({
      term: preference,
      path: pathOf(pathOf(pathOf(at, preferred), index), "preference"),
    })),
  ];
}

/** Those that choose other pods, to be beside them or not. */
export function podTermsOf(
  { podAffinity, podAntiAffinity }: V1Affinity,
  path: string,
): readonly TermAt<V1PodAffinityTerm>[] {
  return Object.entries({ podAffinity, podAntiAffinity }).flatMap(([kind, affinity]) => {
    const at = pathOf(path, kind);
    return [
      ...(affinity?.[required] ?? []).map((term, index) => ({ term, path: pathOf(pathOf(at, required), index) })),
      ...(affinity?.[preferred] ?? []).map(({ podAffinityTerm }, index) => ({
        term: podAffinityTerm,
        path: pathOf(pathOf(pathOf(at, preferred), index), "podAffinityTerm"),
      })),
    ];
  });
}
