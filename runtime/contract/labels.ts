import { fieldManagers } from "./names.ts";

/** Label and annotation keys. The `net.azure-devices.edge.*` ones are those of IoT Edge 1.1 on Kubernetes. */
export const labels = {
  name: "app.kubernetes.io/name",
  instance: "app.kubernetes.io/instance",
  component: "app.kubernetes.io/component",
  partOf: "app.kubernetes.io/part-of",
  managedBy: "app.kubernetes.io/managed-by",
  /** Kubernetes name of the module that an object belongs to, as `moduleObjectName` gives it. */
  module: "net.azure-devices.edge.module",
  /** Name of the Deployment that fetches images for a module; on its pods. */
  puller: "iotedge.dev/puller",
} as const;

export const annotations = {
  /** Module id as IoT Edge knows it, such as `$edgeHub` or `Temperature Sensor`. */
  moduleId: "net.azure-devices.edge.original-moduleid",
  /** The manifest's `version` of a module, on its pods: another one makes them anew. */
  moduleVersion: "net.azure-devices.edge.module-version",
  /** Host names, joined by commas, that a module's server certificates may have beside its own; on its ServiceAccount. */
  serverNames: "iotedge.dev/server-names",
  /** Names of a module's Services beside that of its objects, joined by commas; on its ServiceAccount. */
  serviceNames: "iotedge.dev/service-names",
  /** Hash of the configuration that a pod template was made from: a change rolls the Deployment. */
  configHash: "iotedge.dev/config-hash",
  /** Hash of the object as EdgeAgent, or iotedged, wants it: another one means that the object has to be written. */
  desiredHash: "iotedge.dev/desired-hash",
  /**
   * Generation that a module keeps when its ServiceAccount comes back from a backup with another UID: `<account>/<UID>`.
   * EdgeAgent never writes it.
   */
  keptGeneration: "iotedge.dev/kept-generation",
  /** Why an installation does without the admission policy; on ServiceAccount `edgeagent`. */
  admissionPolicyOff: "iotedge.dev/admission-policy-off",
} as const;

/** Value of `app.kubernetes.io/part-of` on every object of this project. */
export const partOf = "iotedge";

/** Labels that select the pods of iotedged and of EdgeAgent. */
export function componentSelector(component: "iotedged" | "edgeagent", installation: string): Record<string, string> {
  return { [labels.name]: component, [labels.instance]: installation };
}

/** Labels of an object of the installation that belongs to `component`. */
export function componentLabels(
  component: "iotedged" | "edgeagent" | "module" | "puller",
  installation: string,
): Record<string, string> {
  return {
    [labels.name]: component,
    [labels.instance]: installation,
    [labels.component]: component,
    [labels.partOf]: partOf,
  };
}

/** Labels that the selector of a module's Deployment and Service are made of; they never change. */
export function moduleSelector(installation: string, name: string): Record<string, string> {
  return { [labels.instance]: installation, [labels.module]: name };
}

/** Labels of every object of a module, its pods among them. */
export function moduleLabels(installation: string, name: string): Record<string, string> {
  return {
    ...componentLabels("module", installation),
    [labels.managedBy]: fieldManagers.edgeAgent,
    [labels.module]: name,
  };
}

/** Beginning of the names of Deployments that fetch images. With its dot it is none that a module's objects can have. */
export const pullerPrefix = "iotedge-pull.";

/**
 * Beginning of the path of the program that a Deployment which fetches images is told to run; its own name is the rest. No
 * image has it, whoever made it: `/dev/null` is a device in every container, and nothing is below a device.
 */
export const pullCommandBase = "/dev/null/";

/** Labels that the selector of such a Deployment is made of. */
export function pullerSelector(installation: string, name: string): Record<string, string> {
  return { [labels.instance]: installation, [labels.puller]: name };
}

/** Labels of such a Deployment and of its pods: no Service and no module selects them. */
export function pullerLabels(installation: string, name: string): Record<string, string> {
  return {
    ...componentLabels("puller", installation),
    [labels.managedBy]: fieldManagers.edgeAgent,
    [labels.puller]: name,
  };
}
