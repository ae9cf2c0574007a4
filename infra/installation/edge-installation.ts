import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { labels, objectNames, type PodSecurityLevel, partOf, ports, tokenAudience } from "#contract";
import { bundleHash } from "../trust-model/index.ts";
import { declareAdmissionPolicy } from "./admission/admission-policy.ts";
import { admissionPolicyOff } from "./admission/opt-out.ts";
import { type EdgeInstallationArgs, TokenReview } from "./args.ts";
import { defaults } from "./defaults.ts";
import { installationErrors } from "./errors.ts";
import { derive } from "./inputs.ts";
import { declareIotedged } from "./iotedged.ts";
import { moduleSettingsOf, requireModuleRights } from "./module-settings.ts";
import { declareMonitoring } from "./monitoring/monitoring.ts";
import { changedInPlace } from "./mutable-provider.ts";
import { declareNetworkPolicies } from "./network-policy.ts";
import { podSecurityLevel } from "./pod-security-level.ts";
import { requireProvisioning } from "./provisioning.ts";
import { declareRbac } from "./rbac.ts";
import { declareRegistries, withRegistries } from "./registries.ts";
import type { InstallationId, InstallationScope } from "./scope.ts";
import { agentSettings, declareSettings, featuresOf } from "./settings.ts";
import { declareTrust } from "./trust.ts";

/** IoT Edge in one namespace of a cluster: everything that has to exist before its first pod starts. */
export class EdgeInstallation extends pulumi.ComponentResource {
  /** The installation's name, unique in its cluster. */
  public readonly installationName: pulumi.Output<string>;
  /** Where it is. */
  public readonly namespace: pulumi.Output<string>;
  /** Audience of the tokens that modules show to iotedged. */
  public readonly audience: pulumi.Output<string>;
  /** Base of iotedged's workload API, inside the cluster. */
  public readonly workloadUri: pulumi.Output<string>;
  /** Base of iotedged's management API, inside the cluster. */
  public readonly managementUri: pulumi.Output<string>;
  /** SHA-256 of the trust bundle in hexadecimal digits: which CAs the modules trust. */
  public readonly trustBundleSha256: pulumi.Output<string>;

  /**
   * @param name prefix of the children's names; renaming it replaces them all
   */
  constructor(name: string, args: EdgeInstallationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("iotedge:index:EdgeInstallation", name, args, opts);
    const fetching = withRegistries(args);
    const id = derive(
      { namespace: args.namespace, name: args.name ?? args.namespace },
      (given): InstallationId => given,
    );
    const scope = declareScope(this, name, id, args);
    requireModuleRights(name, args.edgeAgent ?? {});
    requireProvisioning(name, args);
    const offBecause = admissionPolicyOff(name, args.edgeAgent ?? {});
    const isManaged = managesClusterObjects(name, args);
    const rbac = declareRbac(scope, {
      tokenReview: args.tokenReview ?? TokenReview.Delegator,
      nodeObserver: args.nodeObserver ?? false,
      features: featuresOf(args),
      modules: moduleSettingsOf(args.edgeAgent ?? {}),
      connected: args.provisioning !== undefined,
      edgeAgents: args.edgeAgent?.replicas ?? defaults.edgeAgent.replicas,
      admissionPolicyOff: offBecause,
      clusterObjects: isManaged,
    });
    const trust = declareTrust(scope, args, args.protect ?? false);
    const settings = declareSettings(scope, fetching);
    const admission =
      isManaged && offBecause === undefined ? declareAdmissionPolicy(scope, agentSettings(fetching)) : [];
    declareNetworkPolicies(scope, args.networkPolicy ?? {}, args.provisioning);
    declareMonitoring(scope, args.monitoring ?? {}, args.provisioning !== undefined);
    const registries = declareRegistries(scope, args);
    const before = [...rbac, ...trust.objects, ...settings.objects, ...admission, ...registries];
    declareIotedged(scope, fetching, settings.iotedged, before);

    this.installationName = shown(id, ({ name }) => name);
    this.namespace = shown(id, ({ namespace }) => namespace);
    this.audience = shown(id, tokenAudience);
    this.workloadUri = serviceUri(id, ports.workload);
    this.managementUri = serviceUri(id, ports.management);
    this.trustBundleSha256 = trust.bundle.apply(bundleHash);
    this.registerOutputs({
      installationName: this.installationName,
      namespace: this.namespace,
      audience: this.audience,
      workloadUri: this.workloadUri,
      managementUri: this.managementUri,
      trustBundleSha256: this.trustBundleSha256,
    });
  }
}

/** @throws EDGE_INSTALLATION_CLUSTER_OBJECTS */
function managesClusterObjects(installation: string, { clusterObjects = "managed" }: EdgeInstallationArgs): boolean {
  if (clusterObjects === "managed" || clusterObjects === "external") return clusterObjects === "managed";
  throw installationErrors.EDGE_INSTALLATION_CLUSTER_OBJECTS({ installation, value: JSON.stringify(clusterObjects) });
}

function declareScope(
  parent: EdgeInstallation,
  resourceName: string,
  id: pulumi.Input<InstallationId>,
  args: EdgeInstallationArgs,
): InstallationScope {
  const children = { parent };
  const inPlace = changedInPlace(parent, resourceName);
  if (!args.createNamespace || args.clusterObjects === "external")
    return { resourceName, id, children, namespaced: { parent, ...inPlace } };
  const { policy, hostPorts } = moduleSettingsOf(args.edgeAgent ?? {});
  const level = podSecurityLevel(policy, hostPorts);
  const namespace = new k8s.core.v1.Namespace(
    resourceName,
    { metadata: derive(id, (given) => namespaceMetadata(given, level)) },
    { ...children, protect: args.protect ?? false },
  );
  return {
    resourceName,
    id,
    children,
    namespaced: { parent, dependsOn: namespace, deletedWith: namespace, ...inPlace },
  };
}

function namespaceMetadata(id: InstallationId, level: PodSecurityLevel) {
  return {
    name: id.namespace,
    labels: {
      [labels.instance]: id.name,
      [labels.partOf]: partOf,
      "pod-security.kubernetes.io/enforce": level,
    },
  };
}

function serviceUri(id: pulumi.Input<InstallationId>, port: number): pulumi.Output<string> {
  return shown(id, ({ namespace }) => `https://${objectNames.iotedged}.${namespace}.svc:${port}`);
}

function shown(id: pulumi.Input<InstallationId>, make: (id: InstallationId) => string): pulumi.Output<string> {
  return pulumi.output(derive(id, make));
}
