import type { LiveObject } from "../kubernetes/index.ts";
import { applySetKeys } from "./applyset.ts";

/** Who has deployed an object, and brings it back. */
export type Deployer =
  | { readonly by: "edgectl"; readonly applySet: string }
  | { readonly by: "pulumi" }
  /** A Kustomization of Flux. */
  | { readonly by: "flux"; readonly name: string; readonly namespace: string }
  /** An Application of Argo CD. */
  | { readonly by: "argo-cd"; readonly application: string };

/** How it names itself as the manager of what it writes; Pulumi goes on with a number of its own. */
const pulumiManager = /^pulumi/;
/**
 * What Flux puts on all that a Kustomization applies
 * (https://fluxcd.io/flux/components/kustomize/kustomizations/#controlling-the-apply-behavior-of-resources), and Argo CD on
 * what an Application does (https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/).
 */
const keys = {
  fluxName: "kustomize.toolkit.fluxcd.io/name",
  fluxNamespace: "kustomize.toolkit.fluxcd.io/namespace",
  argoTracking: "argocd.argoproj.io/tracking-id",
  argoInstance: "argocd.argoproj.io/instance",
} as const;

/** As the object tells it; undefined where it tells none of them. GitOps comes first: it undoes what others do. */
export function deployerOf({ metadata }: LiveObject): Deployer | undefined {
  const { labels = {}, annotations = {} } = metadata;
  const [name, namespace] = [labels[keys.fluxName], labels[keys.fluxNamespace]];
  if (name !== undefined && namespace !== undefined) return { by: "flux", name, namespace };
  // `APPLICATION:GROUP/KIND:NAMESPACE/NAME`
  const application = annotations[keys.argoTracking]?.split(":", 1)[0] ?? labels[keys.argoInstance];
  if (application) return { by: "argo-cd", application };
  const applySet = labels[applySetKeys.partOf];
  if (applySet !== undefined) return { by: "edgectl", applySet };
  const managers = (metadata as { readonly managedFields?: readonly { readonly manager?: string }[] }).managedFields;
  return (managers ?? []).some(({ manager = "" }) => pulumiManager.test(manager)) ? { by: "pulumi" } : undefined;
}

/** Whether a repository says what is deployed, and not a person at a terminal. */
export function isGitOps(deployer: Deployer | undefined): boolean {
  return deployer?.by === "flux" || deployer?.by === "argo-cd";
}
