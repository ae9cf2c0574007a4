import { closedNames, labels } from "#contract";
import { type Attempt, inWorkloads, type Loose, type Originals } from "./attempts.ts";
import { present } from "./object-attempts.ts";

/** Secrets that the installation has under names of its user's choice. */
export const chosen = { ca: "our-ca", pull: "runtime-pull" } as const;

const volume = (source: object) => (template: Loose) => {
  template.spec.volumes.push({ name: "loot", ...source });
};
const pod = (change: (spec: Loose) => void) => (template: Loose) => change(template.spec);
const security = (fields: object) => pod((spec) => Object.assign(spec.securityContext, fields));
const annotated = (key: string, value: string) => (template: Loose) => {
  template.metadata.annotations[key] = value;
};
const labelled = (key: string, value: string) => (template: Loose) => {
  template.metadata.labels[key] = value;
};

/** What concerns the pod: volumes, identity, labels, the node. */
export function podAttempts(originals: Originals): readonly Attempt[] {
  return [
    ...inWorkloads(originals, volumes()),
    ...inWorkloads(originals, identity),
    ...inWorkloads(originals, metadata),
    ...inWorkloads(originals, node),
    ...inWorkloads(originals, network),
  ];
}

function volumes(): Readonly<Record<string, (template: Loose) => void>> {
  const secrets = [...closedNames, chosen.ca, chosen.pull].map((secretName) => [
    `Secret ${secretName} as volume`,
    volume({ secret: { secretName } }),
  ]);
  const configMaps = closedNames.map((name) => [`ConfigMap ${name} as volume`, volume({ configMap: { name } })]);
  const projected = (sources: object) => volume({ projected: { sources: [sources] } });
  return Object.fromEntries([
    ...secrets,
    ...configMaps,
    ["another Secret of the namespace as volume", volume({ secret: { secretName: "of-others" } })],
    ["another ConfigMap of the namespace as volume", volume({ configMap: { name: "of-others" } })],
    ["a claim of somebody else as volume", volume({ persistentVolumeClaim: { claimName: "other-app" } })],
    ["the CA's Secret, projected", projected({ secret: { name: "iotedged-workload-ca" } })],
    ["the settings, projected", projected({ configMap: { name: "iotedged-agent-config" } })],
    ["a token of the API server, projected", projected({ serviceAccountToken: { path: "t" } })],
    [
      "a token of another audience, projected",
      projected({ serviceAccountToken: { path: "t", audience: "iotedge:elsewhere/x" } }),
    ],
    [
      "the CA's Secret for a storage driver",
      volume({ csi: { driver: "d", nodePublishSecretRef: { name: chosen.ca } } }),
    ],
    [
      "whatever a CSI driver gives",
      volume({ csi: { driver: "secrets-store.csi.k8s.io", volumeAttributes: { secretProviderClass: "p" } } }),
    ],
    ["a share of the network", volume({ nfs: { server: "192.0.2.1", path: "/" } })],
    ["a path of the node", volume({ hostPath: { path: "/etc" } })],
    [
      "the token's volume with another token",
      pod((spec) => {
        const token = spec.volumes.find(({ name }: Loose) => name === "iotedge-token");
        token.projected.sources.push({ serviceAccountToken: { path: "api" } });
      }),
    ],
    [
      "the CA's Secret for fetching the image",
      pod((spec) => {
        spec.imagePullSecrets = [{ name: "iotedged-workload-ca" }];
      }),
    ],
    [
      "the CA of one's own for fetching the image",
      pod((spec) => {
        spec.imagePullSecrets = [{ name: chosen.ca }];
      }),
    ],
    [
      "the runtime's pull Secret for fetching the image",
      pod((spec) => {
        spec.imagePullSecrets = [{ name: chosen.pull }];
      }),
    ],
  ]);
}

const identity = {
  "iotedged's ServiceAccount": pod((spec) => {
    spec.serviceAccountName = "iotedged";
  }),
  "EdgeAgent's ServiceAccount": pod((spec) => {
    spec.serviceAccountName = "edgeagent";
  }),
  "another module's ServiceAccount": pod((spec) => {
    spec.serviceAccountName = "settled";
  }),
  "a ServiceAccount of somebody else, whose name it takes": (_: Loose, workload: Loose) =>
    take(workload, present.account),
  "no ServiceAccount of its own": pod((spec) => {
    delete spec.serviceAccountName;
  }),
  "the API server's token in all containers": pod((spec) => {
    spec.automountServiceAccountToken = true;
  }),
};

/** Calls the workload, and all that has to be called like it, by the name. */
function take({ kind, metadata, spec }: Loose, name: string): void {
  const { template } = spec;
  metadata.name = name;
  metadata.labels[labels.module] = name;
  template.metadata.labels[labels.module] = name;
  if (kind === "Deployment") spec.selector.matchLabels[labels.module] = name;
  template.spec.serviceAccountName = name;
  template.spec.containers[0].name = name;
}

const metadata = {
  "no module's label": (template: Loose) => {
    template.metadata.labels = { "app.kubernetes.io/instance": template.metadata.labels["app.kubernetes.io/instance"] };
  },
  "another module's label": labelled("net.azure-devices.edge.module", "settled"),
  "iotedged's labels": labelled("app.kubernetes.io/name", "iotedged"),
  "a label that an injector acts on": labelled("azure.workload.identity/use", "true"),
  "an annotation of one's own": annotated("note", "harmless"),
  "an annotation that changes the confinement": annotated(
    "container.apparmor.security.beta.kubernetes.io/thief",
    "unconfined",
  ),
  "an annotation that adds a network": annotated("k8s.v1.cni.cncf.io/networks", "host-net"),
  "an annotation that names the CA's Secret": annotated("agent-extra-secret", chosen.ca),
  "an annotation that names it inside of JSON": annotated(
    "userVolume",
    '[{"name":"v","secret":{"secretName":"iotedged-identity"}}]',
  ),
};

const network = {
  "a name below that of a Service": pod((spec) => {
    Object.assign(spec, { hostname: "example", subdomain: "com" });
  }),
  "the whole name as its host name": pod((spec) => {
    spec.setHostnameAsFQDN = true;
  }),
  "a host name of one's choice": pod((spec) => {
    spec.hostname = "example";
  }),
  "names that it alone resolves": pod((spec) => {
    spec.hostAliases = [{ ip: "192.0.2.1", hostnames: ["example.com"] }];
  }),
  "name servers of one's choice beside the cluster's": pod((spec) => {
    spec.dnsConfig = { nameservers: ["192.0.2.1"] };
  }),
  "no name servers of the cluster": pod((spec) => {
    Object.assign(spec, { dnsPolicy: "None", dnsConfig: { nameservers: ["192.0.2.1"] } });
  }),
  "ten years to end": pod((spec) => {
    spec.terminationGracePeriodSeconds = 315_360_000;
  }),
  "a token for ten years": pod((spec) => {
    const token = spec.volumes.find(({ name }: Loose) => name === "iotedge-token");
    token.projected.sources[0].serviceAccountToken.expirationSeconds = 315_360_000;
  }),
  "another scheduler": pod((spec) => {
    spec.schedulerName = "other";
  }),
  "conditions of its own readiness": pod((spec) => {
    spec.readinessGates = [{ conditionType: "example.com/ready" }];
  }),
};

const node = {
  "the node's network": pod((spec) => {
    spec.hostNetwork = true;
  }),
  "the node's processes": pod((spec) => {
    spec.hostPID = true;
  }),
  "the node's shared memory": pod((spec) => {
    spec.hostIPC = true;
  }),
  "the proxy's processes": pod((spec) => {
    spec.shareProcessNamespace = true;
  }),
  "a node of one's choice, past the scheduler": pod((spec) => {
    spec.nodeName = "node-1";
  }),
  "another runtime": pod((spec) => {
    spec.runtimeClassName = "other";
  }),
  "the priority of the cluster's own pods": pod((spec) => {
    spec.priorityClassName = "system-node-critical";
  }),
  "devices by claim": pod((spec) => {
    spec.resourceClaims = [{ name: "d", resourceClaimName: "device" }];
  }),
  "user 0 for the pod": security({ runAsUser: 0 }),
  "group 0 for the pod": security({ runAsGroup: 0 }),
  "group 0 for volumes": security({ fsGroup: 0 }),
  "group 0 besides": security({ supplementalGroups: [0] }),
  "whatever user the image names": security({ runAsNonRoot: false }),
  "no seccomp profile": security({ seccompProfile: { type: "Unconfined" } }),
  "another SELinux label": security({ seLinuxOptions: { type: "spc_t" } }),
  "no AppArmor profile": security({ appArmorProfile: { type: "Unconfined" } }),
  "a sysctl of the node": security({ sysctls: [{ name: "kernel.msgmax", value: "65536" }] }),
};
