import { formatPath, formatValue, isSound, nearest, type Path, type Problem, parseDuration } from "#base";
import { resolveFleet } from "./resolve-fleet.ts";
import { allGateKinds, gateKinds, type WrittenFleet, type WrittenGate, type WrittenWave } from "./schema.ts";
import { selectClusters } from "./select-clusters.ts";
import { soundArtifacts } from "./sound-artifacts.ts";

interface Rule {
  /** Parts that the schema must have found no fault with. */
  readonly needs: readonly Path[];
  readonly check: (fleet: WrittenFleet) => readonly Problem[];
}

const clusters: Path = ["clusters"];
const waves: Path = ["strategy", "waves"];

const rules: readonly Rule[] = [
  { needs: [clusters], check: (fleet) => uniqueNames(fleet.clusters, clusters) },
  { needs: [clusters], check: uniqueTargets },
  { needs: [clusters, ["gitops"]], check: soundArtifacts },
  { needs: [waves], check: ({ strategy }) => uniqueNames(strategy.waves, waves) },
  { needs: [waves], check: canaryFirst },
  { needs: [waves], check: canariesMustPass },
  { needs: [waves], check: oneSelection },
  { needs: [clusters, waves], check: knownClusters },
  { needs: [clusters, waves], check: knownLabels },
  { needs: [waves], check: listedOnce },
  { needs: [clusters, ["strategy"], ["notify"], ["gitops"]], check: noEmptyWave },
  { needs: [waves], check: soundGates },
  { needs: [["strategy"]], check: soundTimes },
];

/** What the schema cannot say. Looks only at what the schema found no fault with. */
export function checkFleetRules(fleet: WrittenFleet, schemaProblems: readonly Problem[]): readonly Problem[] {
  const due = rules.filter(({ needs }) => needs.every((path) => isWhole(schemaProblems, path)));
  const found = due.flatMap(({ check }) => check(fleet));
  const paths = new Set<string>();
  return found.filter(({ path }) => !paths.has(path) && paths.add(path));
}

/** Whether the part is there, with nothing wrong in it. */
function isWhole(problems: readonly Problem[], path: Path): boolean {
  const above = path.map((_, index) => formatPath(path.slice(0, index + 1)));
  return isSound(problems, path) && !problems.some(({ path: broken }) => above.includes(broken));
}

function uniqueNames(items: readonly { readonly name: string }[], path: Path): readonly Problem[] {
  const first = new Map<string, number>();
  return items.flatMap(({ name }, index) => {
    const earlier = first.get(name);
    if (earlier === undefined) {
      first.set(name, index);
      return [];
    }
    return {
      path: formatPath([...path, index, "name"]),
      found: `is ${formatValue(name)}, as in ${formatPath([...path, earlier])}`,
      allowed: "unique",
      remedy: "Give one of the two another name.",
    };
  });
}

function uniqueTargets({ clusters }: WrittenFleet): readonly Problem[] {
  const first = new Map<string, number>();
  return clusters.flatMap((cluster, index) => {
    const { name, stack = name, context = name, kubeconfig = "" } = cluster;
    const target = JSON.stringify([stack, context, kubeconfig]);
    const earlier = first.get(target);
    if (earlier === undefined) {
      first.set(target, index);
      return [];
    }
    return {
      path: formatPath(["clusters", index]),
      found: `deploys stack ${formatValue(stack)} to context ${formatValue(context)}, as clusters[${earlier}] does`,
      allowed: "a deployment of its own",
      remedy: "Remove one of the two, or correct its stack or context.",
    };
  });
}

function canaryFirst({ strategy }: WrittenFleet): readonly Problem[] {
  if (strategy.waves[0]?.canary !== false) return [];
  return [
    {
      path: "strategy.waves[0].canary",
      found: "is false",
      allowed: "true for the first wave, so that a bad change stops at a few clusters",
      remedy: "Write canary: true, or put a small wave with it in front.",
    },
  ];
}

function canariesMustPass({ strategy }: WrittenFleet): readonly Problem[] {
  return strategy.waves.flatMap(({ canary, maxFailures }, index) => {
    if (!canary || maxFailures === undefined || maxFailures === 0 || maxFailures === "0%") return [];
    return {
      path: formatPath(["strategy", "waves", index, "maxFailures"]),
      found: `is ${formatValue(maxFailures)}`,
      allowed: "0 in a canary wave",
      remedy: "Remove it, or write canary: false.",
    };
  });
}

function oneSelection({ strategy }: WrittenFleet): readonly Problem[] {
  return strategy.waves.flatMap(({ matchLabels, clusters }, index) => {
    if (matchLabels === undefined || clusters === undefined) return [];
    return {
      path: formatPath(["strategy", "waves", index, "clusters"]),
      found: "stands beside matchLabels",
      allowed: "the only one of the two",
      remedy: "Remove one of them; a wave without either takes all clusters that are left.",
    };
  });
}

function knownClusters({ clusters, strategy }: WrittenFleet): readonly Problem[] {
  const known = clusters.map(({ name }) => name);
  const names = new Set(known);
  return listed(strategy.waves).flatMap(({ name, path }) => {
    if (names.has(name)) return [];
    const meant = nearest(name, known);
    return {
      path,
      found: `is ${formatValue(name)}`,
      allowed: "the name of a cluster of this file",
      remedy: meant === undefined ? "Add the cluster, or remove the name." : `Did you mean ${meant}?`,
    };
  });
}

function knownLabels({ clusters, strategy }: WrittenFleet): readonly Problem[] {
  const keys = [...new Set(clusters.flatMap(({ labels }) => Object.keys(labels)))];
  return strategy.waves.flatMap(({ matchLabels = {} }, index) =>
    Object.entries(matchLabels).flatMap(([key, value]) => {
      const values = [
        ...new Set(clusters.flatMap(({ labels }) => (Object.hasOwn(labels, key) ? [labels[key] ?? ""] : []))),
      ];
      if (values.includes(value)) return [];
      const meant = values.length === 0 ? nearest(key, keys) : nearest(value, values);
      return {
        path: formatPath(["strategy", "waves", index, "matchLabels", key]),
        found: `is ${formatValue(value)}, which no cluster has`,
        allowed: values.length === 0 ? `a label of a cluster: ${short(keys)}` : `one of ${short(values)}`,
        remedy: meant === undefined ? "Correct it, or label the clusters." : `Did you mean ${meant}?`,
      };
    }),
  );
}

function short(words: readonly string[]): string {
  return words.length === 0 ? "none has any" : words.slice(0, 10).join(", ");
}

function listedOnce({ strategy }: WrittenFleet): readonly Problem[] {
  const first = new Map<string, string>();
  return listed(strategy.waves).flatMap(({ name, path }) => {
    const earlier = first.get(name);
    if (earlier === undefined) {
      first.set(name, path);
      return [];
    }
    return {
      path,
      found: `is ${formatValue(name)}, as ${earlier}`,
      allowed: "in one wave, once",
      remedy: "Remove one of the two.",
    };
  });
}

function listed(waves: readonly WrittenWave[]) {
  return waves.flatMap(({ clusters = [] }, index) =>
    clusters.map((name, place) => ({ name, path: formatPath(["strategy", "waves", index, "clusters", place]) })),
  );
}

function noEmptyWave(written: WrittenFleet): readonly Problem[] {
  const { clusters, strategy } = resolveFleet(written);
  const waves = selectClusters(
    strategy.waves.map(({ select }) => select),
    clusters,
  );
  return waves.flatMap((taken, index) => {
    if (taken.length > 0) return [];
    return {
      path: formatPath(["strategy", "waves", index]),
      found: "takes no cluster",
      allowed: "a wave of at least one cluster that no earlier wave takes",
      remedy: "Correct its matchLabels or clusters, or remove the wave.",
    };
  });
}

function soundGates({ strategy }: WrittenFleet): readonly Problem[] {
  return strategy.waves.flatMap((wave, index) =>
    (["before", "after"] as const).flatMap((when) => {
      const path = ["strategy", "waves", index, when];
      const named = wave[when].map((gate) => ({ name: gate.name ?? gateKinds(gate)[0] ?? "gate" }));
      return [...wave[when].flatMap((gate, place) => kindProblem(gate, [...path, place])), ...uniqueNames(named, path)];
    }),
  );
}

function kindProblem(gate: WrittenGate, path: Path): readonly Problem[] {
  const kinds = gateKinds(gate);
  if (kinds.length === 1) return [];
  return [
    {
      path: formatPath(path),
      found: kinds.length === 0 ? "says not what it looks at" : `is ${kinds.join(" and ")} at once`,
      allowed: `of one kind: ${allGateKinds.join(", ")}`,
      remedy: kinds.length === 0 ? "Add one, such as health: {}." : "Make several gates of it.",
    },
  ];
}

function soundTimes({ strategy }: WrittenFleet): readonly Problem[] {
  const positive: readonly (readonly [Path, string | undefined])[] = [
    [["strategy", "progressDeadline"], strategy.progressDeadline],
    [["strategy", "health", "interval"], strategy.health.interval],
    [["strategy", "requeue", "first"], strategy.requeue.first],
    ...strategy.waves.map(
      ({ progressDeadline }, index) => [["strategy", "waves", index, "progressDeadline"], progressDeadline] as const,
    ),
  ];
  return positive.flatMap(([path, written]) => {
    if (written === undefined || parseDuration(written) > 0) return [];
    return {
      path: formatPath(path),
      found: `is ${formatValue(written)}`,
      allowed: "longer than no time at all",
      remedy: "Write a time such as 30s.",
    };
  });
}
