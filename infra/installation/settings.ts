import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { canonicalJson, escapeForYaml, withoutByteOrderMark } from "#base";
import {
  type AgentSettings,
  dataKeys,
  defaultModuleSettings,
  type IotedgedFeatures,
  type IotedgedSettings,
  noFeatures,
  objectNames,
} from "#contract";
import type { EdgeInstallationArgs } from "./args.ts";
import { defaults, emptyDeployment } from "./defaults.ts";
import { derive, plainText } from "./inputs.ts";
import { settingsOfModules } from "./module-settings.ts";
import { placementOf } from "./placement.ts";
import { isAssigned, provisioningSettings } from "./provisioning.ts";
import { hasRegistries } from "./registries.ts";
import { type Component, type InstallationScope, metadata } from "./scope.ts";

/** The installation's ConfigMaps that hold settings. */
export interface Settings {
  /** Content of ConfigMap `iotedged-config`. */
  readonly iotedged: pulumi.Input<string>;
  readonly objects: readonly pulumi.Resource[];
}

/** Declares what iotedged and EdgeAgent read: their settings and, where that is not IoT Hub's, the deployment manifest. */
export function declareSettings(scope: InstallationScope, args: EdgeInstallationArgs): Settings {
  const iotedged = plainText(scope.resourceName, "iotedged", iotedgedSettings(scope, args));
  const agent = plainText(scope.resourceName, "edgeAgent", derive(agentSettings(args), canonicalJson));
  return {
    iotedged,
    objects: [
      declareConfigMap(scope, "iotedged", objectNames.iotedgedConfig, { [dataKeys.iotedgedConfig]: iotedged }),
      declareConfigMap(scope, "iotedged", objectNames.agentConfig, { [dataKeys.agentConfig]: agent }),
      ...(args.provisioning === undefined ? [declareDeployment(scope, args)] : []),
    ],
  };
}

function declareDeployment(scope: InstallationScope, args: EdgeInstallationArgs): pulumi.Resource {
  const given = args.deployment ?? canonicalJson(emptyDeployment);
  // Pulumi's provider writes YAML to the API server, which would refuse the whole ConfigMap for a character of the text.
  const deployment = derive(plainText(scope.resourceName, "deployment", given), (text) =>
    escapeForYaml(withoutByteOrderMark(text)),
  );
  return declareConfigMap(scope, "edgeagent", objectNames.deployment, { [dataKeys.deployment]: deployment });
}

function declareConfigMap(
  scope: InstallationScope,
  component: Component,
  name: string,
  data: Readonly<Record<string, pulumi.Input<string>>>,
): pulumi.Resource {
  const meta = metadata(scope, component, name);
  return new k8s.core.v1.ConfigMap(`${scope.resourceName}-${name}`, { metadata: meta, data }, scope.namespaced);
}

function iotedgedSettings(scope: InstallationScope, args: EdgeInstallationArgs): pulumi.Input<string> {
  const given = {
    id: scope.id,
    deviceId: args.deviceId,
    hubHostname: args.hubHostname ?? defaults.hubHostname,
    gatewayHostname: args.gatewayHostname ?? defaults.gatewayHostname,
    iotedged: { logLevel: defaults.logLevel, ...defaults.iotedged, ...args.iotedged },
  };
  return derive(given, ({ id, iotedged, deviceId, hubHostname, gatewayHostname }) =>
    canonicalJson({
      gatewayHostname,
      installation: { name: id.name, namespace: id.namespace },
      ...(!isAssigned(args) && { hubHostname, deviceId: deviceId ?? id.name }),
      ...provisioningSettings(args),
      nodeObserver: args.nodeObserver ?? false,
      certificates: {
        servingDays: iotedged.servingCertificateDays,
        serverMaxDays: iotedged.moduleCertificateMaxDays,
      },
      authentication: { cacheSeconds: iotedged.tokenCacheSeconds, staleSeconds: iotedged.tokenStaleSeconds },
      limits: {
        requestsPerSecond: iotedged.requestsPerSecond,
        certificatesPerMinute: iotedged.certificatesPerMinute,
      },
      ...(!iotedged.oldCiphertexts && { oldCiphertexts: false }),
      features: featuresOf(args),
      logLevel: iotedged.logLevel as IotedgedSettings["logLevel"],
    } satisfies IotedgedSettings),
  );
}

/** Content of ConfigMap `iotedged-agent-config`. */
export function agentSettings(args: EdgeInstallationArgs): pulumi.Input<AgentSettings> {
  const given = {
    imagePullPolicy: args.imagePullPolicy ?? defaults.imagePullPolicy,
    imagePullSecrets: args.imagePullSecrets ?? [],
    images: { edgeAgent: args.images.edgeAgent, proxy: args.images.proxy },
    edgeAgent: { logLevel: defaults.logLevel, ...defaults.edgeAgent, ...args.edgeAgent },
    proxy: { ...defaults.proxy, ...args.proxy },
  };
  const assignedUsers = args.podSecurity?.assignedUsers ?? defaults.podSecurity.assignedUsers;
  return derive(given, ({ images, edgeAgent, proxy, imagePullSecrets, ...rest }) => {
    const placement = placementOf(edgeAgent);
    const imagePullPolicy = rest.imagePullPolicy as AgentSettings["proxy"]["imagePullPolicy"];
    return {
      enabled: edgeAgent.enabled,
      replicas: edgeAgent.replicas,
      edgeAgent: {
        image: images.edgeAgent,
        imagePullPolicy,
        resources: edgeAgent.resources,
        ...(Object.keys(placement).length > 0 && { placement }),
      },
      proxy: {
        image: images.proxy,
        imagePullPolicy,
        resources: proxy.resources,
        maxConnections: proxy.maxConnections,
        ipv6: proxy.ipv6,
      },
      imagePullSecrets,
      modules: settingsOfModules(args, { imagePullSecrets, hasRegistries: hasRegistries(args) }),
      // The version before does not know it.
      ...(assignedUsers && { assignedUsers }),
      logLevel: edgeAgent.logLevel as AgentSettings["logLevel"],
    };
  });
}

/** Which features of iotedged with rights of their own are on. */
export function featuresOf({
  iotedged = {},
  edgeAgent = {},
}: Pick<EdgeInstallationArgs, "iotedged" | "edgeAgent">): IotedgedFeatures {
  const { moduleLogs, moduleRestart, supportBundle } = iotedged;
  return {
    moduleLogs: moduleLogs ?? noFeatures.moduleLogs,
    moduleRestart: moduleRestart ?? noFeatures.moduleRestart,
    supportBundle: supportBundle ?? noFeatures.supportBundle,
    moduleJobs: edgeAgent.jobs ?? defaultModuleSettings.jobs,
  };
}
