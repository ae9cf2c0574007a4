import type { RolloutEngine } from "./engines.ts";
import type { GateSpec } from "./gate.ts";

/** A cluster of the fleet: one stack, deployed to one context. */
export interface FleetCluster {
  /** Unique in the fleet. */
  readonly name: string;
  /** Stack whose configuration is deployed there. */
  readonly stack: string;
  readonly target: ClusterTarget;
  readonly labels: Readonly<Record<string, string>>;
  /** Who deploys. @default Pulumi where it is installed, else edgectl itself */
  readonly engine?: RolloutEngine | undefined;
  /** There with `engine: gitops`. */
  readonly gitops?: GitopsTarget | undefined;
}

/** What Flux follows in a cluster, and how it is known what became of it. */
export interface GitopsTarget {
  /** `registry/path`. */
  readonly repository: string;
  /** The tag that the run moves. */
  readonly tag: string;
  /** Plain HTTP, or a certificate that is not verified. */
  readonly insecure: boolean;
  /** Flux's Kustomization, `namespace/name`. */
  readonly kustomization: string;
  /** `api`: the cluster's API is asked. `events`: what Flux sends to `edgectl rollout receive` counts. */
  readonly observe: "api" | "events";
  /** A cluster of `events` whose last one is older than this is not known to be healthy. */
  readonly silenceMs: number;
  /** Signs what a run has published, before any tag leads there. */
  readonly sign?: SignCommand | undefined;
}

/** Commands that get the artifact, `registry/path@sha256:...`, as their last word. */
export interface SignCommand {
  readonly command: readonly [string, ...string[]];
  /** Ends with 0 where the signature is good. @default what an artifact says of itself is believed */
  readonly verify?: readonly [string, ...string[]] | undefined;
  /** Of each of them. */
  readonly timeoutMs: number;
}

/** How a cluster is reached. */
export interface ClusterTarget {
  readonly context: string;
  /** Path of the kubeconfig. @default the files of `$KUBECONFIG`, else `~/.kube/config` */
  readonly kubeconfig?: string | undefined;
}

/** A number of clusters: a count, or a share of the wave's clusters, rounded down. */
export type Limit = { readonly count: number } | { readonly percent: number };

/** How health is polled, after a cluster was changed and while it bakes. */
export interface HealthPolling {
  /** Between two polls. */
  readonly intervalMs: number;
  /** A baking cluster has failed after this many polls in a row that found it unhealthy. */
  readonly failuresInARow: number;
}

/** How an unreachable cluster is tried again: after `firstMs`, then twice as long each time, at most `maxMs`. */
export interface RequeueDelay {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** Which clusters a wave takes, from those that no wave before it has taken. */
export type WaveSelection =
  | { readonly kind: "labels"; readonly matchLabels: Readonly<Record<string, string>> }
  | { readonly kind: "clusters"; readonly clusters: readonly string[] }
  /** All that are left. */
  | { readonly kind: "rest" };

/** What holds for the clusters of one wave. */
export interface WaveRules {
  /** Clusters that are worked on at the same time; a baking one does not count. */
  readonly maxConcurrency: Limit;
  /** Clusters of the wave that may fail; one more halts the run. A canary wave allows none. */
  readonly maxFailures: Limit;
  /** From a cluster's turn to its being healthy. */
  readonly progressDeadlineMs: number;
  /** How long a cluster must stay healthy before it is done. 0: not at all. */
  readonly bakeMs: number;
}

/** A wave as the fleet file describes it, defaults filled in. */
export interface WaveSpec extends WaveRules {
  readonly name: string;
  readonly canary: boolean;
  readonly select: WaveSelection;
  readonly before: readonly GateSpec[];
  readonly after: readonly GateSpec[];
}

export interface Strategy {
  readonly waves: readonly WaveSpec[];
  readonly health: HealthPolling;
  readonly requeue: RequeueDelay;
  /** Clusters whose preflight runs at the same time. */
  readonly preflightConcurrency: number;
  /** What follows a halt: the operator decides, or all touched clusters go back. */
  readonly onHalt: "wait" | "rollback";
}

/** A command that is told of what happens: the notification comes as JSON on its standard input. */
export interface NotifyHook {
  readonly command: readonly [string, ...string[]];
  readonly timeoutMs: number;
}

/** stacks/fleet.yaml, checked, with nothing left to default. */
export interface Fleet {
  readonly name: string;
  readonly clusters: readonly FleetCluster[];
  readonly strategy: Strategy;
  readonly notify: readonly NotifyHook[];
}
