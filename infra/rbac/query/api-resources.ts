/** A resource of an API, as it stands in RBAC rules. */
export interface ApiResource {
  readonly plural: string;
  /** Empty for the core group. */
  readonly group: string;
  readonly namespaced: boolean;
  /** By which kubectl takes it besides: singular and short names. */
  readonly aliases: readonly string[];
}

/**
 * Resources of Kubernetes, with their short names behind colons; by group and whether they are in namespaces. A test compares
 * them with a real API server. Those of which there are no objects (`users`, `signers`) stand in rules alone.
 */
const table: readonly (readonly [group: string, namespaced: boolean, resources: string])[] = [
  [
    "",
    true,
    "bindings configmaps:cm endpoints:ep events:ev limitranges:limits persistentvolumeclaims:pvc pods:po podtemplates replicationcontrollers:rc resourcequotas:quota secrets serviceaccounts:sa services:svc",
  ],
  ["", false, "componentstatuses:cs namespaces:ns nodes:no persistentvolumes:pv users groups"],
  [
    "admissionregistration.k8s.io",
    false,
    "mutatingadmissionpolicies mutatingadmissionpolicybindings mutatingwebhookconfigurations validatingadmissionpolicies validatingadmissionpolicybindings validatingwebhookconfigurations",
  ],
  ["apiextensions.k8s.io", false, "customresourcedefinitions:crd:crds"],
  ["apiregistration.k8s.io", false, "apiservices"],
  ["apps", true, "controllerrevisions daemonsets:ds deployments:deploy replicasets:rs statefulsets:sts"],
  ["authentication.k8s.io", false, "selfsubjectreviews tokenreviews uids userextras"],
  ["authorization.k8s.io", true, "localsubjectaccessreviews"],
  ["authorization.k8s.io", false, "selfsubjectaccessreviews selfsubjectrulesreviews subjectaccessreviews"],
  ["autoscaling", true, "horizontalpodautoscalers:hpa"],
  ["batch", true, "cronjobs:cj jobs"],
  ["certificates.k8s.io", true, "podcertificaterequests"],
  ["certificates.k8s.io", false, "certificatesigningrequests:csr signers clustertrustbundles"],
  ["coordination.k8s.io", true, "leases leasecandidates"],
  ["discovery.k8s.io", true, "endpointslices"],
  ["events.k8s.io", true, "events:ev"],
  ["flowcontrol.apiserver.k8s.io", false, "flowschemas prioritylevelconfigurations"],
  ["networking.k8s.io", true, "ingresses:ing networkpolicies:netpol"],
  ["networking.k8s.io", false, "ingressclasses ipaddresses:ip servicecidrs"],
  ["node.k8s.io", false, "runtimeclasses"],
  ["policy", true, "poddisruptionbudgets:pdb"],
  ["rbac.authorization.k8s.io", true, "rolebindings roles"],
  ["rbac.authorization.k8s.io", false, "clusterrolebindings clusterroles"],
  ["resource.k8s.io", true, "resourceclaims resourceclaimtemplates"],
  ["resource.k8s.io", false, "deviceclasses resourceslices"],
  ["scheduling.k8s.io", false, "priorityclasses:pc"],
  ["storage.k8s.io", true, "csistoragecapacities"],
  ["storage.k8s.io", false, "csidrivers csinodes storageclasses:sc volumeattachments volumeattributesclasses:vac"],
];

/** All that are known without asking a cluster; those of the core group come first. */
export const builtinResources: readonly ApiResource[] = table.flatMap(([group, namespaced, resources]) =>
  resources.split(" ").map((entry) => {
    const [plural = "", ...shortNames] = entry.split(":");
    return { plural, group, namespaced, aliases: [singularOf(plural), ...shortNames] };
  }),
);

/** As kubectl would take it for the kinds above, all of which are regular. */
function singularOf(plural: string): string {
  if (plural.endsWith("ies")) return `${plural.slice(0, -3)}y`;
  if (/(?:ss|x|ch|sh|us)es$/.test(plural)) return plural.slice(0, -2);
  return plural === "endpoints" ? plural : plural.replace(/s$/, "");
}

/** Those that a name without a group may mean. */
export function resourcesNamed(name: string, known: readonly ApiResource[]): readonly ApiResource[] {
  const exact = known.filter(({ plural }) => plural === name);
  return exact.length > 0 ? exact : known.filter(({ aliases }) => aliases.includes(name.toLowerCase()));
}
