import { on, type PermissionRule, write } from "../../rule.ts";

const tenancy = "https://fluxcd.io/flux/installation/configuration/multitenancy/";

/** What Flux deploys, and from where. */
export const fluxRules: readonly PermissionRule[] = [
  {
    id: "flux-reconcilers-write",
    pack: "Flux",
    title: "writing Kustomizations and HelmReleases of Flux",
    severity: "critical",
    namespaced: "high",
    why: "Flux applies them with rights of its own, which are cluster-admin unless a ServiceAccount is required of them.",
    source: tenancy,
    fix: "Start the controllers with --default-service-account and --no-cross-namespace-refs.",
    mitre: ["T1610", "T1098.006"],
    grants: [
      on("kustomize.toolkit.fluxcd.io", ["kustomizations"], write),
      on("helm.toolkit.fluxcd.io", ["helmreleases"], write),
    ],
  },
  {
    id: "flux-sources-write",
    pack: "Flux",
    title: "writing sources of Flux",
    severity: "high",
    namespaced: "medium",
    why: "What Flux applies comes from there: another address or revision of a source replaces what is deployed.",
    source: "https://fluxcd.io/flux/components/source/",
    fix: "Leave sources to the administrators, and have their content verified.",
    mitre: ["T1525", "T1610"],
    grants: [
      on(
        "source.toolkit.fluxcd.io",
        ["gitrepositories", "ocirepositories", "helmrepositories", "helmcharts", "buckets"],
        write,
      ),
    ],
  },
];
