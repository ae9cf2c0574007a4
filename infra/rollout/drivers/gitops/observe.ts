import { formatDuration } from "#base";
import type { TagState } from "../../../gitops/index.ts";
import { type HealthProbe, inspectHealth, liveProbe } from "../../health/inspect.ts";
import type { Check, GitopsTarget, PlannedCluster } from "../../model/index.ts";
import type { EventStore } from "../../receive/event-store.ts";
import { checkServerVersion } from "../checks.ts";
import { type ClusterAccess, openAccess } from "../server-side-apply/open-access.ts";
import { checkFollowing, reportOfApi } from "./flux-api.ts";
import { type FluxReport, reportOfEvents } from "./flux-report.ts";

/** How it is known what Flux does in a cluster. */
export interface ObserverOptions {
  readonly events: Pick<EventStore, "read">;
  readonly now: () => number;
  readonly access?: ((target: PlannedCluster["target"]) => Promise<ClusterAccess>) | undefined;
  readonly probe?: HealthProbe | undefined;
}

type Observed = Pick<PlannedCluster, "name" | "target"> & { readonly gitops: GitopsTarget };

/** What was reported, and how many events were taken so far; of an API none are. */
export interface Seen {
  readonly report: FluxReport | undefined;
  readonly seq: number;
}

/** Asks the cluster's API where the run has a context for it; else reads what Flux has sent. */
export class FluxObserver {
  readonly #options: ObserverOptions;

  constructor(options: ObserverOptions) {
    this.#options = options;
  }

  async report({ name, target, gitops }: Observed): Promise<Seen> {
    if (gitops.observe === "api") {
      const { cluster } = await this.#open(target);
      return { report: await reportOfApi(cluster, gitops, this.#options.now()), seq: 0 };
    }
    const events = await this.#options.events.read(name);
    return { report: reportOfEvents(events, gitops.kustomization), seq: events.at(-1)?.seq ?? 0 };
  }

  /** @param found where the tag leads to */
  async preflight(cluster: Observed, found: TagState | undefined): Promise<readonly Check[]> {
    const { target, gitops } = cluster;
    if (gitops.observe === "events") {
      const { report } = await this.report(cluster);
      return [checkVoice(report, gitops, found !== undefined, this.#options.now())];
    }
    const { cluster: live, send } = await this.#open(target);
    const version = await send({ method: "GET", path: "/version" });
    return [
      { id: "reachable", severity: "ok", message: "the API server answers", evidence: live.server, fix: "" },
      checkServerVersion(String(version.body?.gitVersion ?? "")),
      ...(await checkFollowing(live, gitops)),
    ];
  }

  /** iotedged, EdgeAgent and modules, which only an API tells. */
  async installations(
    { target }: Observed,
    namespaces: readonly string[],
    depth: "full" | "poll",
  ): Promise<readonly Check[]> {
    const { cluster } = await this.#open(target);
    return (await inspectHealth(cluster, namespaces, depth, this.#options.probe ?? liveProbe)).checks;
  }

  #open(target: PlannedCluster["target"]): Promise<ClusterAccess> {
    return (this.#options.access ?? openAccess)(target);
  }
}

/**
 * Whether Flux is heard from, without which nothing of what the run does there could be seen. Before a first deployment
 * Flux has nothing to say.
 */
export function checkVoice(
  report: FluxReport | undefined,
  { silenceMs }: Pick<GitopsTarget, "silenceMs">,
  isDeployed: boolean,
  now: number,
): Check {
  const id = "flux-reports";
  const severity = isDeployed ? "error" : "warning";
  const fix =
    "Let the receiver run where the cluster's Flux reaches it, and see Flux's Provider and Alert there; docs/rollouts.md shows all three.";
  if (report === undefined) return { id, severity, message: "Flux has never reported", evidence: "", fix };
  const silent = formatDuration(Math.max(0, now - report.at));
  if (now - report.at > silenceMs) {
    return { id, severity, message: `Flux has been silent for ${silent}`, evidence: report.message, fix };
  }
  return { id, severity: "ok", message: `Flux reported ${silent} ago`, evidence: report.message, fix: "" };
}
