import Type, { type Static, type TSchema } from "typebox";
import { defaultImagesFile, ImagesSchema, movingTagPolicies, noFeatures } from "#contract";
import { defaults } from "../installation/index.ts";
import { firstGeneration } from "../trust-model/index.ts";
import {
  HostPortsConfig,
  LostNodeConfig,
  ModulePolicyConfig,
  ModuleUserConfig,
  numbersConfig,
  VolumesConfig,
} from "./module-schema.ts";
import { placementConfig } from "./placement-schema.ts";
import { provisioningConfig } from "./provisioning-schema.ts";
import { text } from "./text-kinds.ts";

const closed = { additionalProperties: false } as const;
const section = <Properties extends Record<string, TSchema>>(description: string, properties: Properties) =>
  Type.Object(properties, { ...closed, description, default: {} });
const flag = (description: string, fallback: boolean) => Type.Boolean({ description, default: fallback });
const count = (description: string, minimum: number, maximum: number, fallback: number) =>
  Type.Integer({ description, minimum, maximum, default: fallback });
const days = (description: string, fallback: number) => count(description, 1, 36_500, fallback);
const oneOf = <Values extends string[]>(values: readonly [...Values], description: string, fallback: Values[number]) =>
  Type.Enum<Values>(values, { description, default: fallback });
const logLevel = (of: string) =>
  oneOf(["debug", "info", "warn", "error"], `Least severe entries that ${of} logs.`, "info");

const quantities = (description: string) =>
  Type.Record(Type.String(), text("quantity", "Quantity, such as 50m or 128Mi."), { description });
const resources = (of: string, fallback: object) =>
  Type.Object(
    {
      requests: Type.Optional(quantities("What is set aside on the node.")),
      limits: Type.Optional(quantities("What may be used at most.")),
    },
    { ...closed, description: `Compute resources of ${of}.`, default: fallback },
  );
const portList = (description: string, fallback: readonly number[]) =>
  Type.Array(Type.Integer({ minimum: 1, maximum: 65_535 }), {
    description,
    minItems: 1,
    maxItems: 20,
    default: [...fallback],
  });

const InstallationSchema = Type.Object(
  {
    namespace: text("dnsLabel", "Namespace of the installation."),
    name: Type.Optional(text("dnsLabel", "Name of the installation, unique in its cluster; default: the namespace.")),
    createNamespace: flag(
      "Declares the namespace too, with pod security level `restricted`, or what `edgeAgent.policy` needs. Turned off again, `edgectl` keeps the namespace; Pulumi deletes it with all that is in it, unless `protect` is on.",
      false,
    ),
    deviceId: Type.Optional(text("deviceId", "Device id as IoT Hub would know it; default: the name.")),
    hubHostname: text("hostname", "Host name of the IoT Hub.", defaults.hubHostname),
    gatewayHostname: text("hostname", "Host of EdgeHub's server certificate.", defaults.gatewayHostname),
    tokenReview: oneOf(
      ["delegator", "minimal"],
      "How iotedged may review tokens: by ClusterRole system:auth-delegator, or by one of its own that allows nothing else.",
      defaults.tokenReview,
    ),
    nodeObserver: flag("Lets iotedged list nodes, for the architectures in its system info.", false),
    protect: flag("Keeps Pulumi from deleting the namespace, the root's key and the identity key.", false),
    iotedged: section("The daemon that authenticates modules.", {
      replicas: count("Number of pods.", 1, 10, defaults.iotedged.replicas),
      resources: resources("iotedged", defaults.iotedged.resources),
      logLevel: logLevel("iotedged"),
      servingCertificateDays: count(
        "Life of iotedged's own serving certificate; it is renewed at half of it.",
        1,
        3650,
        defaults.iotedged.servingCertificateDays,
      ),
      moduleCertificateMaxDays: count(
        "Longest life of a module's server certificate.",
        1,
        3650,
        defaults.iotedged.moduleCertificateMaxDays,
      ),
      tokenCacheSeconds: count(
        "How long a successful TokenReview counts, in seconds.",
        0,
        60,
        defaults.iotedged.tokenCacheSeconds,
      ),
      tokenStaleSeconds: count(
        "How much longer it counts while the API server gives no verdict, in seconds; 0: not at all.",
        0,
        3600,
        defaults.iotedged.tokenStaleSeconds,
      ),
      requestsPerSecond: count(
        "Requests that one module may make in a second, but those for certificates.",
        1,
        100_000,
        defaults.iotedged.requestsPerSecond,
      ),
      certificatesPerMinute: count(
        "Certificates that one module may get in a minute.",
        1,
        100_000,
        defaults.iotedged.certificatesPerMinute,
      ),
      oldCiphertexts: flag(
        "Off: ciphertexts of the first form are neither read nor written; modules must have replaced theirs.",
        defaults.iotedged.oldCiphertexts,
      ),
      moduleLogs: flag("Serves logs of modules; needs the right to read them.", noFeatures.moduleLogs),
      moduleRestart: flag("Restarts modules; needs the right to delete pods.", noFeatures.moduleRestart),
      supportBundle: flag(
        "Serves support bundles; needs rights to read logs, Events, ConfigMaps and Services.",
        noFeatures.supportBundle,
      ),
      ...placementConfig("iotedged"),
    }),
    edgeAgent: section("The controller that runs the modules.", {
      enabled: flag("Off: EdgeAgent is deleted, running modules are left alone.", defaults.edgeAgent.enabled),
      replicas: count("Number of pods; one works, the others stand by.", 1, 10, defaults.edgeAgent.replicas),
      resources: resources("EdgeAgent", defaults.edgeAgent.resources),
      logLevel: logLevel("EdgeAgent"),
      ...placementConfig("EdgeAgent"),
      jobs: flag("Runs modules of restartPolicy never and on-failure as Jobs.", true),
      registryCredentials: flag("Lets EdgeAgent write the manifest's registryCredentials into a pull Secret.", false),
      admissionPolicy: flag(
        "Lets the API server refuse what EdgeAgent's token must not write. Off only with admissionPolicyOffBecause.",
        true,
      ),
      admissionPolicyOffBecause: Type.Optional(
        Type.String({
          minLength: 1,
          maxLength: 1024,
          description: "Why admissionPolicy is off; stands on ServiceAccount edgeagent.",
        }),
      ),
      hostPorts: HostPortsConfig,
      lostNode: LostNodeConfig,
      volumes: VolumesConfig,
      policy: ModulePolicyConfig,
      moduleUser: ModuleUserConfig,
      movingTags: oneOf(
        [...movingTagPolicies],
        "When nodes ask the registry for images of moving tags, such as latest: when the module's version changes, or whenever a container starts.",
        "on-create",
      ),
      userNumbers: numbersConfig("users"),
      groupNumbers: numbersConfig("groups"),
    }),
    proxy: section("The sidecar of every module.", {
      resources: resources("each module's proxy", defaults.proxy.resources),
      maxConnections: count(
        "Connections that one proxy keeps at a time; more wait.",
        64,
        4000,
        defaults.proxy.maxConnections,
      ),
      ipv6: flag("Listens on IPv6, too. Off for nodes whose kernel has none.", defaults.proxy.ipv6),
    }),
    imagePullPolicy: oneOf(
      ["Always", "IfNotPresent", "Never"],
      "When a node fetches the runtime's images.",
      defaults.imagePullPolicy,
    ),
    imagePullSecrets: Type.Array(text("objectName", "Name of a Secret of type kubernetes.io/dockerconfigjson."), {
      description: "Secrets in the namespace that hold a registry's credentials.",
      default: [],
    }),
    deployment: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description: "IoT Edge deployment manifest, as object. It may name images by their keys in images.modules.",
      }),
    ),
    deploymentFile: Type.Optional(text("filePath", "Path of the deployment manifest, instead of `deployment`.")),
    deploymentLayers: Type.Optional(
      Type.Array(text("filePath", "Path of a layered deployment."), {
        maxItems: 100,
        description:
          "Layered deployments that are merged over the manifest as IoT Hub does, the lowest priority first.",
      }),
    ),
    trust: section("The certificate authorities: their generations and lives.", {
      roots: Type.Optional(
        Type.Array(
          Type.Object(
            {
              id: text("generation", "Id of the root, which is never used for another key."),
              state: Type.Enum(["next", "active", "retired", "revoked"], {
                description: "next and retired: in the bundle only; active: signs; revoked: out of the bundle at once.",
              }),
            },
            { ...closed, description: "One generation of the root CA." },
          ),
          {
            description: "Generations of the root CA, of which exactly one is active; default: r1. See docs/trust.md.",
            maxItems: 50,
          },
        ),
      ),
      trustedCas: Type.Array(
        Type.String({ minLength: 1, maxLength: 65_536, description: "PEM of one CA certificate." }),
        { description: "Further CAs that modules shall trust.", maxItems: 50, default: [] },
      ),
      workloadCa: section("The CA that iotedged issues from.", {
        id: text("generation", "Generation: another id is another key.", firstGeneration.workloadCa),
        existingSecret: Type.Optional(
          text("objectName", "Secret of type kubernetes.io/tls with a CA of your own, instead of a generated one."),
        ),
        certManager: Type.Optional(
          Type.Object(
            {
              issuerRef: Type.Object(
                {
                  name: text("objectName", "Name of the issuer."),
                  kind: text("issuerKind", "Issuer, ClusterIssuer, or the kind of an external issuer.", "Issuer"),
                  group: text("hostname", "API group of the kind.", "cert-manager.io"),
                },
                { ...closed, description: "The issuer, a CA that trustedCas has." },
              ),
            },
            { ...closed, description: "Has cert-manager make and renew the CA in the cluster; see docs/trust.md." },
          ),
        ),
      }),
      rootDays: days("Life of the root CA.", defaults.trust.rootDays),
      workloadCaDays: days("Life of the workload CA.", defaults.trust.workloadCaDays),
      earlyRenewalDays: days(
        "How long before its end a deployment replaces the workload CA.",
        defaults.trust.earlyRenewalDays,
      ),
    }),
    identity: section("The key from which iotedged derives what it encrypts and signs with.", {
      existingSecret: Type.Optional(
        text(
          "objectName",
          "Secret of your own that has an ECDSA P-256 key as `identity.key`, instead of a generated one.",
        ),
      ),
    }),
    provisioning: Type.Optional(provisioningConfig),
    monitoring: section("Objects for Grafana and the Prometheus operator.", {
      dashboard: flag('A ConfigMap with label `grafana_dashboard: "1"`.', false),
      prometheusRule: flag("Alerts, as PrometheusRule; the cluster must know that kind.", false),
      podMonitor: flag("What Prometheus scrapes, as PodMonitor; the cluster must know that kind.", false),
      labels: Type.Record(Type.String(), text("labelValue", "Value of a label."), {
        description: "Labels by which Prometheus and Grafana select these objects.",
        default: {},
      }),
    }),
    podSecurity: section("Whose rights pods have.", {
      assignedUsers: flag(
        "The platform gives pods their users and groups, as OpenShift's restricted-v2 does: they ask for none.",
        defaults.podSecurity.assignedUsers,
      ),
    }),
    networkPolicy: section("What iotedged and EdgeAgent may reach and be reached by.", {
      enabled: flag("Declares the policies.", defaults.networkPolicy.enabled),
      apiServerAddresses: Type.Array(text("ipAddress", "Address of the API server, or a range of them."), {
        description: "Addresses of Service kubernetes and of its endpoints; default: any.",
        maxItems: 100,
        default: [],
      }),
      apiServerPorts: portList("Ports of the API server.", defaults.networkPolicy.apiServerPorts),
      dnsPorts: portList("Ports of cluster DNS.", defaults.networkPolicy.dnsPorts),
    }),
  },
  closed,
);

/** The stack's configuration, namespace `iotedge`. Pulumi.yaml repeats the top level for the Pulumi CLI. */
export const ConfigSchema = Type.Object(
  {
    installations: Type.Array(InstallationSchema, {
      minItems: 1,
      maxItems: 1000,
      description: "IoT Edge installations, one per namespace; `namespace` is all that one must say.",
    }),
    images: Type.Partial(ImagesSchema, {
      description: "Image references: iotedged, edgeAgent, proxy, and modules by key. Without it, imagesFile is read.",
      default: {},
    }),
    clusterObjects: text(
      "duty",
      "Who makes cluster-scoped objects: the stack, or an administrator by `edgectl render --cluster-objects`.",
      "managed",
    ),
    deploymentVariables: Type.Array(text("variable", "Name of a variable."), {
      description:
        "Variables of the environment that placeholders of manifests may name, beside those of a file .env beside them.",
      maxItems: 100,
      default: [],
    }),
    registries: Type.Array(
      Type.Object(
        {
          server: text("registry", "Registry, such as registry.example.com:5000."),
          username: Type.String({
            minLength: 1,
            maxLength: 256,
            pattern: "^[^:\\x00-\\x1f]+$",
            description: "Who logs in.",
          }),
          password: Type.Optional(
            Type.String({
              minLength: 1,
              maxLength: 65_536,
              description: `Encrypted by Pulumi, or the name of a variable of the environment: \${REGISTRY_PASSWORD}.`,
            }),
          ),
        },
        { ...closed, description: "A private registry." },
      ),
      {
        description:
          "Private registries with their credentials, of which each installation gets a Secret to fetch images by.",
        maxItems: 50,
        default: [],
      },
    ),
    imagesFile: text(
      "filePath",
      "JSON file of image references that `edgectl images build` writes; a path relative to Pulumi.yaml.",
      defaultImagesFile,
    ),
    kubernetes: section("Cluster to deploy to. Name its context, else the ambient kubeconfig's current one is used.", {
      context: Type.Optional(Type.String({ minLength: 1, maxLength: 512, description: "Context in the kubeconfig." })),
      kubeconfig: Type.Optional(
        Type.String({
          minLength: 1,
          maxLength: 1024 * 1024,
          description: "Path or content of the kubeconfig; default: $KUBECONFIG, or ~/.kube/config.",
        }),
      ),
      clusterIdentifier: Type.Optional(
        Type.String({
          minLength: 1,
          maxLength: 512,
          description:
            "Names the cluster for good; default: the context. Set it to the old name when you rename a context.",
        }),
      ),
    }),
  },
  closed,
);

/** The configuration as it is written, with defaults filled in. */
export type WrittenConfig = Static<typeof ConfigSchema>;
export type WrittenInstallation = WrittenConfig["installations"][number];
