import { annotations, labels, moduleLabels } from "#contract";
import type { Attempt, Loose, Originals } from "./attempts.ts";

const account = (name: string): Loose => ({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name } });
const service = (name: string): Loose => ({ apiVersion: "v1", kind: "Service", metadata: { name } });
const deployment = (name: string): Loose => ({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name } });
const job = (name: string): Loose => ({ apiVersion: "batch/v1", kind: "Job", metadata: { name } });
const claim = (name: string): Loose => ({ apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name } });

/** Objects that stand there before anything is tried: the runtime's, somebody else's, and one module's. */
export const present = { foreign: "other-app", module: "settled", bound: "grown", account: "ci-deployer" } as const;

/** What concerns objects as such, whatever runs in pods. */
export function objectAttempts(originals: Originals): readonly Attempt[] {
  return [
    ...plain(originals),
    ...takeovers(originals),
    ...deletions(),
    ...services(originals),
    ...accounts(originals),
    ...ownership(originals),
    ...storage(originals),
    ...selectors(originals),
  ];
}

const apply = (what: string, object: Loose, change: (object: Loose) => void = () => {}): Attempt => {
  change(object);
  return { what, verb: "apply", object };
};
const remove = (what: string, object: Loose): Attempt => ({ what, verb: "delete", object });

/** What EdgeAgent does itself, and what remains possible with its token. */
function plain(originals: Originals): readonly Attempt[] {
  return [
    apply("Deployment: a module", originals.deployment()),
    apply("Job: a module", originals.job()),
    apply("Service: a module's", originals.service()),
    apply("Service: a further name of a module", originals.service(), ({ metadata }) => {
      metadata.name = "thief-too";
    }),
    apply("ServiceAccount: a module's", originals.serviceAccount()),
    apply("PersistentVolumeClaim: a module's", originals.claim()),
    apply("Secret: the manifest's registry credentials", originals.pullSecret()),
    ...[deployment, service, account].map((kind) => {
      const object = kind(present.module);
      return remove(`delete ${object.kind} of a module`, object);
    }),
    apply("Service: a module's, for everybody outside of the cluster", originals.service(), ({ spec }) => {
      spec.type = "LoadBalancer";
    }),
  ];
}

/** Writing what is not EdgeAgent's. */
function takeovers(originals: Originals): readonly Attempt[] {
  const named = (object: Loose, name: string) => {
    object.metadata.name = name;
    if (object.kind === "Service") object.spec.selector["net.azure-devices.edge.module"] = name;
    if (object.metadata.labels) object.metadata.labels["net.azure-devices.edge.module"] = name;
    if (object.spec?.template) object.spec.template.spec.serviceAccountName = name;
    if (object.spec?.template) object.spec.template.metadata.labels["net.azure-devices.edge.module"] = name;
    if (object.spec?.template) object.spec.template.spec.containers[0].name = name;
    if (object.kind === "Deployment") object.spec.selector.matchLabels["net.azure-devices.edge.module"] = name;
    return object;
  };
  return [
    ...["iotedged", "edgeagent", "default"].flatMap((name) =>
      [originals.job(), originals.service(), originals.serviceAccount()].map((object) =>
        apply(`${object.kind} ${name}: write it as a module's`, named(object, name)),
      ),
    ),
    apply("Deployment default: write it as a module's", named(originals.deployment(), "default")),
    apply("Deployment iotedged: another image", deployment("iotedged"), (object) => {
      object.spec = { template: { spec: { containers: [{ name: "c", image: "thief" }] } } };
    }),
    apply("Service iotedged: another selector", service("iotedged"), (object) => {
      object.spec = { selector: originals.service().spec.selector };
    }),
    apply("ServiceAccount iotedged: another annotation", account("iotedged"), (object) => {
      object.metadata.annotations = { a: "b" };
    }),
    apply("ServiceAccount edgeagent: a Secret", account("edgeagent"), (object) => {
      object.secrets = [{ name: "s" }];
    }),
    apply("Deployment of somebody else: another image", deployment(present.foreign), (object) => {
      object.metadata.labels = originals.deployment().metadata.labels;
      object.metadata.labels["net.azure-devices.edge.module"] = present.foreign;
      object.spec = { template: { spec: { containers: [{ name: "c", image: "thief" }] } } };
    }),
    ...[originals.service(), originals.serviceAccount()].map((object) =>
      apply(`${object.kind} of somebody else: make it a module's`, named(object, present.foreign)),
    ),
    ...[originals.deployment(), originals.service(), originals.serviceAccount()].map((object) =>
      apply(`${object.kind}: without a module's labels`, object, ({ metadata }) => {
        delete metadata.labels;
      }),
    ),
    apply("Deployment: labels of another installation", originals.deployment(), ({ metadata }) => {
      metadata.labels["app.kubernetes.io/instance"] = "elsewhere";
    }),
  ];
}

function deletions(): readonly Attempt[] {
  const kinds = [deployment, job, service, account];
  return [
    ...["iotedged", "edgeagent"].flatMap((name) =>
      [deployment, service, account].map((kind) => {
        const object = kind(name);
        return remove(`delete ${object.kind} ${name}`, object);
      }),
    ),
    ...kinds.map((kind) => {
      const object = kind(present.foreign);
      return remove(`delete ${object.kind} of somebody else`, object);
    }),
    remove("delete PersistentVolumeClaim of somebody else", claim(present.foreign)),
  ];
}

function services(originals: Originals): readonly Attempt[] {
  const changed = (what: string, change: (spec: Loose, metadata: Loose) => void) =>
    apply(`Service: ${what}`, originals.service(), ({ spec, metadata }) => change(spec, metadata));
  return [
    changed("external addresses", (spec) => {
      spec.externalIPs = ["192.0.2.1"];
    }),
    changed("the pods of iotedged", (spec) => {
      spec.selector = { "app.kubernetes.io/name": "iotedged", "app.kubernetes.io/instance": originals.namespace };
    }),
    changed("all pods of the installation", (spec) => {
      spec.selector = { "app.kubernetes.io/instance": originals.namespace };
    }),
    changed("the pods of another module", (spec) => {
      spec.selector["net.azure-devices.edge.module"] = present.module;
    }),
    changed("no selector, for EndpointSlices of one's own", (spec) => {
      delete spec.selector;
    }),
    changed("another name for a host outside", (spec) => {
      spec.type = "ExternalName";
      spec.externalName = "example.com";
      for (const field of ["selector", "ipFamilyPolicy"]) delete spec[field];
    }),
    changed("EdgeAgent's own pods, by the name of a module", (spec, metadata) => {
      spec.selector[labels.module] = "edgeagent";
      metadata.labels[labels.module] = "edgeagent";
    }),
    changed("a load balancer of another class", (spec) => {
      Object.assign(spec, { type: "LoadBalancer", loadBalancerClass: "example.com/inside" });
    }),
    changed("pods before they are ready", (spec) => {
      spec.publishNotReadyAddresses = true;
    }),
    changed("clients that stay with one pod", (spec) => {
      spec.sessionAffinity = "ClientIP";
    }),
    changed("the node's own pods alone", (spec) => {
      Object.assign(spec, { type: "NodePort", externalTrafficPolicy: "Local" });
    }),
    changed("an address of the load balancer of one's choice", (spec) => {
      Object.assign(spec, { type: "LoadBalancer", loadBalancerIP: "192.0.2.1" });
    }),
    changed("a port of every node of one's choice", (spec) => {
      spec.type = "NodePort";
      spec.ports[0].nodePort = 30999;
    }),
    changed("a port of every node that is the nodes' own", (spec) => {
      spec.type = "NodePort";
      spec.ports[0].nodePort = 22_990;
    }),
    changed("an annotation for a cloud's load balancer", (_, metadata) => {
      metadata.annotations["service.beta.kubernetes.io/aws-load-balancer-internal"] = "false";
    }),
  ];
}

const earlier = "7f0c5a52-9d2e-4a0b-8c9c-5a1d0f3e2b11";

function accounts(originals: Originals): readonly Attempt[] {
  const changed = (what: string, change: (object: Loose) => void) =>
    apply(`ServiceAccount: ${what}`, originals.serviceAccount(), change);
  return [
    changed("pods with a token of the API server", (object) => {
      object.automountServiceAccountToken = true;
    }),
    changed("a Secret", (object) => {
      object.secrets = [{ name: "iotedged-identity" }];
    }),
    changed("a pull Secret for all pods", (object) => {
      object.imagePullSecrets = [{ name: "iotedged-workload-ca" }];
    }),
    changed("a role of the cloud", ({ metadata }) => {
      metadata.annotations["eks.amazonaws.com/role-arn"] = "arn:aws:iam::1:role/x";
    }),
    changed("an earlier generation, and so the keys of one", ({ metadata }) => {
      metadata.annotations[annotations.keptGeneration] = `${metadata.name}/${earlier}`;
    }),
    apply("ServiceAccount edgeagent: an earlier generation", account("edgeagent"), ({ metadata }) => {
      metadata.annotations = { [annotations.keptGeneration]: `edgeagent/${earlier}` };
    }),
  ];
}

/** Objects that nobody takes away. */
function ownership(originals: Originals): readonly Attempt[] {
  const kinds = [
    ...[originals.deployment, originals.job, originals.service, originals.serviceAccount],
    ...[originals.pullSecret, originals.puller],
  ];
  const uid = "7f0c5a52-9d2e-4a0b-8c9c-5a1d0f3e2b11";
  const other = { apiVersion: "v1", kind: "ServiceAccount", name: "default", uid };
  return [
    ...kinds.map((original) => {
      const object = original();
      return apply(`${object.kind}${nameOf(object)}: of nobody`, object, ({ metadata }) => {
        delete metadata.ownerReferences;
      });
    }),
    ...[originals.deployment, originals.claim].map((original) => {
      const object = original();
      return apply(`${object.kind}: of somebody else besides`, object, ({ metadata }) => {
        metadata.ownerReferences = [...(metadata.ownerReferences ?? []), other];
      });
    }),
    apply("Deployment: holds the installation up when it is deleted", originals.deployment(), ({ metadata }) => {
      metadata.ownerReferences[0].blockOwnerDeletion = true;
    }),
    ...[...kinds, originals.claim].map((original) => {
      const object = original();
      return apply(`${object.kind}${nameOf(object)}: a finalizer`, object, ({ metadata }) => {
        metadata.finalizers = ["example.com/never"];
      });
    }),
    apply("Service of a module: a finalizer later", service(present.module), ({ metadata }) => {
      metadata.labels = moduleLabels(originals.instance, present.module);
      metadata.ownerReferences = originals.service().metadata.ownerReferences;
      metadata.finalizers = ["example.com/never"];
    }),
  ];
}

const nameOf = ({ metadata }: Loose) => (metadata.name.includes(".") ? " that fetches images" : "");

function storage(originals: Originals): readonly Attempt[] {
  const changed = (what: string, change: (object: Loose) => void) =>
    apply(`PersistentVolumeClaim: ${what}`, originals.claim(), change);
  return [
    changed("a volume of one's choice", ({ spec }) => {
      spec.volumeName = "pv-of-others";
    }),
    apply("PersistentVolumeClaim that is there: a volume of one's choice", claim(present.bound), (object) => {
      const { labels: own, ownerReferences } = originals.claim().metadata;
      Object.assign(object.metadata, { labels: own, ownerReferences });
      object.spec = { volumeName: "pv-of-others" };
    }),
    changed("a copy of another claim", ({ spec }) => {
      spec.dataSource = { kind: "PersistentVolumeClaim", name: present.foreign };
    }),
    changed("an annotation for the storage driver", ({ metadata }) => {
      metadata.annotations = { "example.com/secret": "iotedged-identity" };
    }),
    apply("Secret: one that the cluster fills with iotedged's token", originals.pullSecret(), (object) => {
      object.type = "kubernetes.io/service-account-token";
      object.metadata.annotations = { "kubernetes.io/service-account.name": "iotedged" };
      delete object.data;
    }),
    apply("Secret: the registry credentials for ever", originals.pullSecret(), (object) => {
      object.immutable = true;
    }),
    apply("Secret: the registry credentials as of another type", originals.pullSecret(), (object) => {
      object.type = "Opaque";
    }),
  ];
}

function selectors(originals: Originals): readonly Attempt[] {
  return [
    apply("Deployment: changes that nobody sees", originals.deployment(), ({ spec }) => {
      spec.paused = true;
    }),
    apply("Job: another controller", originals.job(), ({ spec }) => {
      spec.managedBy = "example.com/controller";
    }),
    apply("Deployment: selects all pods of the installation", originals.deployment(), ({ spec }) => {
      spec.selector = { matchLabels: { "app.kubernetes.io/instance": originals.namespace } };
    }),
    apply("Deployment: selects and makes pods without a module's label", originals.deployment(), ({ spec }) => {
      spec.selector = { matchLabels: { app: "any" } };
      spec.template.metadata.labels = { app: "any" };
    }),
    apply("Deployment: selects by an expression besides", originals.deployment(), ({ spec }) => {
      spec.selector.matchExpressions = [{ key: "app.kubernetes.io/instance", operator: "Exists" }];
    }),
    apply("Job: chooses its pods itself", originals.job(), ({ spec }) => {
      spec.manualSelector = true;
      spec.selector = { matchLabels: { "app.kubernetes.io/instance": originals.namespace } };
    }),
  ];
}
