import { annotations, labels, proxyContainer } from "#contract";
import type { LiveObject } from "../../kubernetes/index.ts";
import { newestPods } from "../newest-pods.ts";
import type { CauseId } from "./causes.ts";
import type { Finding, Hints } from "./finding.ts";
import { podFinding } from "./pod-findings.ts";

/** That its program cannot be started is what it is made for. */
const ofImages: ReadonlySet<CauseId> = new Set<CauseId>([
  ...(["image-name-invalid", "image-not-found", "image-not-on-node", "image-platform", "image-pull"] as const),
  ...(["image-unauthorized", "pull-secret-missing", "registry-untrusted"] as const),
]);

interface Seen {
  readonly namespace: string;
  readonly deployments: readonly LiveObject[];
  readonly pods: readonly LiveObject[];
  readonly events: readonly LiveObject[];
}

/** Why images cannot be fetched of modules whose old pods run on meanwhile. */
export function pullerFindings({ namespace, deployments, pods, events }: Seen, hints: Hints): readonly Finding[] {
  const pullers = deployments.filter(({ metadata }) => metadata.labels?.[labels.puller] === metadata.name);
  return pullers.flatMap(({ metadata }) => {
    const component = metadata.annotations?.[annotations.moduleId] ?? proxyContainer;
    const part = { namespace, component, isModule: true };
    const own = newestPods(pods.filter((pod) => pod.metadata.labels?.[labels.puller] === metadata.name));
    return own
      .flatMap((pod) => podFinding(part, pod, events, hints) ?? [])
      .filter(({ id }) => ofImages.has(id as CauseId))
      .slice(0, 1);
  });
}
