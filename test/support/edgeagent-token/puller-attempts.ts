import type { Attempt, Loose, Originals } from "./attempts.ts";

/** What concerns the Deployments that fetch images: whether one gets more by their name than by a module's. */
export function pullerAttempts({ puller, deployment }: Originals): readonly Attempt[] {
  const attempt = (what: string, change: (object: Loose) => void = () => {}): Attempt => {
    const object = puller();
    change(object);
    return { what: `Deployment that fetches images: ${what}`, verb: "apply", object };
  };
  const pod = (what: string, change: (spec: Loose) => void) => attempt(what, ({ spec }) => change(spec.template.spec));
  const container = (what: string, change: (container: Loose) => void) =>
    pod(what, ({ containers }) => change(containers[0]));
  return [
    attempt("as EdgeAgent makes it"),
    attempt("with a module's pod in it", (object) => {
      const { name } = object.metadata;
      const { spec } = deployment();
      object.spec.template.spec = { ...spec.template.spec, serviceAccountName: name };
    }),
    attempt("with a module's label on its pods", ({ spec }) => {
      spec.template.metadata.labels["net.azure-devices.edge.module"] = "settled";
    }),
    attempt("that selects a module's pods", ({ spec }) => {
      spec.selector.matchLabels = { "net.azure-devices.edge.module": "settled" };
      Object.assign(spec.template.metadata.labels, spec.selector.matchLabels);
    }),
    attempt("with an annotation", ({ spec }) => {
      spec.template.metadata.annotations = { "example.com/note": "harmless" };
    }),
    pod("as iotedged", (spec) => {
      spec.serviceAccountName = "iotedged";
    }),
    pod("with the API server's token", (spec) => {
      spec.automountServiceAccountToken = true;
    }),
    pod("with another Secret of the namespace", (spec) => {
      spec.volumes = [{ name: "loot", secret: { secretName: "of-others" } }];
    }),
    pod("on the node's network", (spec) => {
      spec.hostNetwork = true;
    }),
    pod("by the CA's Secret", (spec) => {
      spec.imagePullSecrets = [{ name: "iotedged-workload-ca" }];
    }),
    attempt("in many pods", ({ spec }) => {
      spec.replicas = 50;
    }),
    pod("of many images", (spec) => {
      const [one] = spec.containers;
      spec.containers = ["a", "b", "c"].map((name) => ({ ...one, name }));
    }),
    pod("with names that it alone resolves", (spec) => {
      spec.hostAliases = [{ ip: "192.0.2.1", hostnames: ["example.com"] }];
    }),
    pod("with time to end", (spec) => {
      spec.terminationGracePeriodSeconds = 30;
    }),
    container("running what an image can have", (one) => {
      one.command = ["/iotedge-pull"];
    }),
    container("running what another one is told to", (one) => {
      one.command = [`${one.command[0]}0`];
    }),
    container("running something", (one) => {
      one.command = ["/bin/sh"];
    }),
    container("running what the image names", (one) => {
      delete one.command;
    }),
    container("with a variable", (one) => {
      one.env = [{ name: "LOOT", valueFrom: { secretKeyRef: { name: "of-others", key: "k" } } }];
    }),
    container("with a capability", (one) => {
      one.securityContext.capabilities.add = ["NET_BIND_SERVICE"];
    }),
    container("as root", (one) => {
      Object.assign(one.securityContext, { runAsUser: 0, runAsNonRoot: false });
    }),
    { what: "Job that is called as if it fetched images", verb: "apply", object: jobOf(puller()) },
  ];
}

function jobOf({ metadata, spec }: Loose): Loose {
  const template = structuredClone(spec.template);
  template.spec.restartPolicy = "Never";
  return { apiVersion: "batch/v1", kind: "Job", metadata, spec: { template } };
}
