import { annotations, labels, moduleLabels, tokenAudience, tokenLifetimeSeconds, volumeNames } from "#contract";
import { openAnnotation } from "./annotation-rules.ts";
import { eachOf, every, ifPresent, literal, present, some, without } from "./cel.ts";
import { closedInAnnotations, closedPullSecrets, closedVariables, closedVolumes } from "./closed-objects.ts";
import { nodeRules } from "./node-rules.ts";
import { isKept } from "./object-rules.ts";
import { proxyRules } from "./proxy-rules.ts";
import { unlessPuller } from "./puller-rules.ts";
import type { Guarded, Rule } from "./rule.ts";
import { writtenPodRules } from "./written-fields.ts";

const pod = "variables.pod";
const containers = "variables.containers";
const name = "dyn(object).metadata.name";

/** What EdgeAgent may let pods be: in Deployments and Jobs, where it changes their template. */
export function podRules(guarded: Guarded): readonly Rule[] {
  const rules = [
    ...identityRules(guarded),
    ...metadataRules(guarded),
    ...storageRules(guarded),
    ...containerRules(guarded),
    ...writtenPodRules(),
    ...nodeRules(guarded.settings),
    ...proxyRules(guarded).map(ofModules),
  ];
  return rules.map(({ expression, message }) => ({
    expression: some(["!variables.hasNewTemplate", expression]),
    message,
  }));
}

/** The rule, of what runs modules: what fetches images has rules of its own. */
function ofModules({ expression, message }: Rule): Rule {
  return { expression: unlessPuller(expression), message };
}

function identityRules({ id }: Guarded): readonly Rule[] {
  const token = "volume.projected.sources[0].serviceAccountToken";
  return [
    {
      expression: unlessPuller(present(`${pod}.serviceAccountName`, `${pod}.serviceAccountName == ${name}`)),
      message: "a module runs as the ServiceAccount of its own name",
    },
    {
      expression: present(`${pod}.automountServiceAccountToken`, `!${pod}.automountServiceAccountToken`),
      message: "a module has no token of the API server",
    },
    {
      expression: eachOf(
        `${pod}.volumes`,
        "volume",
        ifPresent(
          "volume.projected",
          every([
            `volume.name == ${literal(volumeNames.moduleToken)}`,
            "size(volume.projected.sources) == 1",
            "has(volume.projected.sources[0].serviceAccountToken)",
            present(`${token}.audience`, `${token}.audience == ${literal(tokenAudience(id))}`),
            `${token}.expirationSeconds == ${tokenLifetimeSeconds}`,
          ]),
        ),
      ),
      message: "a module's pod has no token but its proxy's for iotedged",
    },
  ];
}

function metadataRules({ id, settings }: Guarded): readonly Rule[] {
  const own = moduleLabels(id.name, "");
  const ownLabels = Object.entries(own).map(([key, value]) => {
    const expected = key === labels.module ? name : literal(value);
    return `${literal(key)} in variables.templateLabels && variables.templateLabels[${literal(key)}] == ${expected}`;
  });
  return [
    {
      expression: unlessPuller(
        every([
          ...ownLabels,
          `variables.templateLabels.all(key, ${some([
            `key in ${literal([...Object.keys(own), ...jobLabels])}`,
            isKept("variables.templateLabelsBefore", "variables.templateLabels"),
          ])})`,
        ]),
      ),
      message: "a module's pod has the labels of its module and no others",
    },
    {
      expression: `variables.templateAnnotations.all(key, ${some([
        `key in ${literal([annotations.moduleId, annotations.moduleVersion])}`,
        isKept("variables.templateAnnotationsBefore", "variables.templateAnnotations"),
        openAnnotation(settings.modules.policy),
      ])})`,
      message: "annotations of a module's pod are those that edgeAgent.policy.annotations allows",
    },
    {
      expression: closedInAnnotations("variables.templateAnnotations", settings),
      message: "annotations of a module's pod name no Secret of the installation",
    },
  ];
}

/** By which the API server lets a Job find its pods. */
const jobLabels = [
  ...["batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name"],
  ...["controller-uid", "job-name"],
];

/** The kinds of volumes that a manifest can ask for. Paths of the node have a rule of their own. */
const volumeKinds = ["emptyDir", "persistentVolumeClaim", "configMap", "secret", "hostPath"] as const;

function storageRules({ settings }: Guarded): readonly Rule[] {
  return [
    {
      expression: eachOf(
        `${pod}.volumes`,
        "volume",
        some([...volumeKinds, "projected"].map((kind) => `has(volume.${kind})`)),
      ),
      message: "a module's volumes are claims, ConfigMaps, Secrets, paths of the node and scratch space",
    },
    { expression: closedVolumes(pod, settings), message: "a module mounts no Secret or ConfigMap of the installation" },
    {
      expression: closedPullSecrets(pod, settings),
      message: "a module's image is fetched by no Secret of the installation but the runtime's own pull Secrets",
    },
  ];
}

function containerRules({ settings }: Guarded): readonly Rule[] {
  const value = "variable.valueFrom";
  const probes = ["startupProbe", "livenessProbe", "readinessProbe"].map((probe) =>
    ifPresent(`container.${probe}`, `has(container.${probe}.exec)`),
  );
  const own = [volumeNames.moduleToken, volumeNames.trustBundle, volumeNames.proxyScratch];
  return [
    {
      expression: unlessPuller(every([`size(${pod}.containers) == 1`, `${pod}.containers[0].name == ${name}`])),
      message: "a module's pod has one container of the module's name beside the proxy",
    },
    {
      expression: closedVariables(containers, settings),
      message: "no variable of a module holds a Secret or a setting of the installation",
    },
    {
      expression: `${containers}.all(container, ${every([
        without("container", ["envFrom", "lifecycle", "volumeDevices"]),
        eachOf(
          "container.env",
          "variable",
          ifPresent(value, some([`has(${value}.secretKeyRef)`, `has(${value}.configMapKeyRef)`])),
        ),
      ])})`,
      message: "a module's variables are given one by one, and its container has no hooks and no block devices",
    },
    {
      expression: `${pod}.containers.all(container, ${every([
        ...probes,
        eachOf("container.volumeMounts", "mount", `!(mount.name in ${literal(own)})`),
      ])})`,
      message: "a module's container runs its own health check, and has no part in the proxy's volumes",
    },
  ];
}
