import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { componentLabels } from "#contract";
import { derive } from "./inputs.ts";

export type Component = "iotedged" | "edgeagent";

/** The two strings that every object of an installation is named by. */
export interface InstallationId {
  readonly name: string;
  readonly namespace: string;
}

/** What the parts of an installation share: whose children their objects are, and how these are named and labelled. */
export interface InstallationScope {
  /** Name of the component resource, with which its children's names begin. */
  readonly resourceName: string;
  readonly id: pulumi.Input<InstallationId>;
  /** Options of objects in the namespace. */
  readonly namespaced: pulumi.CustomResourceOptions;
  /** Options of everything else. */
  readonly children: pulumi.CustomResourceOptions;
}

/** Metadata of a namespaced object with a fixed name. */
export function metadata(
  scope: InstallationScope,
  component: Component,
  name: string,
): pulumi.Input<k8s.types.input.meta.v1.ObjectMeta> {
  return derive(scope.id, (id) => ({ name, namespace: id.namespace, labels: componentLabels(component, id.name) }));
}

/** Metadata of a cluster-scoped object, whose name carries the installation's. */
export function clusterMetadata(
  scope: InstallationScope,
  component: Component,
  nameOf: (installation: string) => string,
): pulumi.Input<k8s.types.input.meta.v1.ObjectMeta> {
  return derive(scope.id, (id) => ({ name: nameOf(id.name), labels: componentLabels(component, id.name) }));
}
