import { annotations, labels, objectNames, proxyContainer, pullerPrefix } from "#contract";
import type { LiveObject } from "../../kubernetes/index.ts";
import { newestPods } from "../newest-pods.ts";
import type { CauseId } from "./causes.ts";
import { type Finding, findingOf, type Hints } from "./finding.ts";
import { podFinding } from "./pod-findings.ts";
import type { SoughtObjects } from "./sought-objects.ts";

/** That its program cannot be started is what it is made for. */
const ofImages: ReadonlySet<CauseId> = new Set<CauseId>([
  ...(["image-name-invalid", "image-not-found", "image-not-on-node", "image-platform", "image-pull"] as const),
  ...(["image-unauthorized", "pull-secret-missing", "registry-untrusted"] as const),
]);

const owner = objectNames.iotedged;

interface Seen {
  readonly namespace: string;
  readonly deployments: readonly LiveObject[];
  readonly pods: readonly LiveObject[];
  readonly events: readonly LiveObject[];
  readonly sought?: SoughtObjects | undefined;
}

/** What such a Deployment never is, as EdgeAgent makes it: it runs nothing, once, and goes with its installation. */
function strangeness({ metadata, spec }: LiveObject, pods: readonly LiveObject[]): string | undefined {
  const own = pods.filter((pod) => pod.metadata.labels?.[labels.puller] === metadata.name);
  const states: readonly { readonly state?: { readonly running?: object } }[] = own.flatMap(
    ({ status }) => status?.containerStatuses ?? [],
  );
  if (states.some(({ state }) => state?.running !== undefined)) return "runs a program, and is to fetch images alone";
  if (metadata.labels?.[labels.puller] !== metadata.name) return "has other labels than what fetches images";
  if ((spec?.replicas ?? 1) !== 1) return `wants ${spec?.replicas} pods, and what fetches images has one`;
  const isOwned = metadata.ownerReferences?.some(({ kind, name }) => kind === "ServiceAccount" && name === owner);
  return isOwned === true ? undefined : `does not belong to ServiceAccount ${owner}, and nobody takes it away`;
}

/** Why images cannot be fetched of modules whose old pods run on meanwhile. */
export function pullerFindings(seen: Seen, hints: Hints): readonly Finding[] {
  const { namespace, deployments, pods, events, sought } = seen;
  const pullers = deployments.filter(({ metadata }) => metadata.name.startsWith(pullerPrefix));
  return pullers.flatMap((puller) => {
    const { metadata } = puller;
    const strange = strangeness(puller, pods);
    if (strange !== undefined) {
      const seen = { subject: metadata.uid ?? metadata.name, occurrence: strange };
      const about = { namespace, message: `Deployment ${metadata.name} ${strange}`, evidence: strange, seen };
      return [findingOf("image-fetcher-strange", about, hints, { deployment: metadata.name })];
    }
    const component = metadata.annotations?.[annotations.moduleId] ?? proxyContainer;
    const part = { namespace, component, isModule: true };
    const own = newestPods(pods.filter((pod) => pod.metadata.labels?.[labels.puller] === metadata.name));
    return own
      .flatMap((pod) => podFinding(part, pod, events, hints, sought) ?? [])
      .filter(({ id }) => ofImages.has(id as CauseId))
      .slice(0, 1);
  });
}
