import { maxStopTimeout } from "#manifest";
import { every, ifPresent, literal, some } from "./cel.ts";
import { type GuardedResource, of, type Rule } from "./rule.ts";

/**
 * The fields that EdgeAgent writes, and those that the API server fills in beside them. Whatever else Kubernetes has, today
 * or later, nobody gets by EdgeAgent's token.
 */
const specFields = {
  deployments: ["progressDeadlineSeconds", "replicas", "revisionHistoryLimit", "selector", "strategy", "template"],
  jobs: [
    ...["backoffLimit", "completionMode", "completions", "manualSelector", "parallelism", "podReplacementPolicy"],
    ...["selector", "suspend", "template"],
  ],
  services: [
    ...["allocateLoadBalancerNodePorts", "clusterIP", "clusterIPs", "externalTrafficPolicy", "internalTrafficPolicy"],
    ...["ipFamilies", "ipFamilyPolicy", "loadBalancerIP", "ports", "selector", "sessionAffinity", "type"],
  ],
  persistentvolumeclaims: ["accessModes", "resources", "storageClassName", "volumeMode"],
} as const satisfies Partial<Record<GuardedResource, readonly string[]>>;

const podFields = [
  ...["affinity", "automountServiceAccountToken", "containers", "dnsConfig", "dnsPolicy", "enableServiceLinks"],
  ...["hostAliases", "hostIPC", "hostNetwork", "hostPID", "hostname", "imagePullSecrets", "initContainers"],
  ...["nodeSelector", "priorityClassName", "resourceClaims", "restartPolicy", "runtimeClassName", "schedulerName"],
  ...["securityContext", "serviceAccount", "serviceAccountName", "terminationGracePeriodSeconds", "tolerations"],
  ...["topologySpreadConstraints", "volumes"],
];

const containerFields = [
  ...["args", "command", "env", "image", "imagePullPolicy", "livenessProbe", "name", "ports", "readinessProbe"],
  ...["resources", "securityContext", "startupProbe", "stdin", "terminationMessagePath", "terminationMessagePolicy"],
  ...["tty", "volumeMounts", "workingDir"],
];

const proxyFields = [...containerFields, "restartPolicy"];
const portFields = ["containerPort", "hostPort", "name", "protocol"];

const pod = "variables.pod";
const spec = "dyn(object).spec";
const isDeletion = 'request.operation == "DELETE"';

/** The rules of the objects as such, their pods apart. */
export function writtenFieldRules(): readonly Rule[] {
  const kinds = Object.entries(specFields) as [keyof typeof specFields, readonly string[]][];
  const is = (field: string, value: string) => ifPresent(`${spec}.${field}`, `${spec}.${field} == ${literal(value)}`);
  return [
    {
      expression: some([
        isDeletion,
        every(kinds.map(([kind, fields]) => of([kind], onlyOrKept(spec, fields, "variables.specBefore")))),
      ]),
      message: "EdgeAgent gives Deployments, Jobs, Services and claims no fields but those that modules need",
    },
    {
      expression: of(
        ["services"],
        some([
          isDeletion,
          every([
            is("sessionAffinity", "None"),
            some([isKept("externalTrafficPolicy"), is("externalTrafficPolicy", "Cluster")]),
            some([isKept("internalTrafficPolicy"), is("internalTrafficPolicy", "Cluster")]),
          ]),
        ]),
      ),
      message: "a module's Service is found as every other",
    },
    {
      expression: of(["secrets"], some([isDeletion, "!has(dyn(object).immutable)"])),
      message: "the registry credentials can be changed again",
    },
  ];
}

/** The rules of pods, of modules and of what fetches images. */
export function writtenPodRules(): readonly Rule[] {
  const lists = { containers: containerFields, initContainers: proxyFields };
  return [
    {
      expression: onlyOrKept(pod, podFields, "variables.podBefore"),
      message: "a module's pod has no fields but those that modules need",
    },
    {
      expression: every([
        `!has(${pod}.schedulerName) || ${pod}.schedulerName == "default-scheduler"`,
        `${pod}.dnsPolicy in ["ClusterFirst", "ClusterFirstWithHostNet"]`,
        `${pod}.terminationGracePeriodSeconds <= ${maxStopTimeout}`,
      ]),
      message: "a module's pod has the cluster's scheduler and DNS, and ends within an hour",
    },
    {
      expression: every(
        [
          ...Object.entries(lists).map(([list, fields]) => [list, only("container", fields)] as const),
          ["containers", `!has(container.ports) || container.ports.all(port, ${only("port", portFields)})`] as const,
        ].map(([list, one]) => `!has(${pod}.${list}) || ${pod}.${list}.all(container, ${one})`),
      ),
      message: "a module's containers have no fields but those that modules need",
    },
  ];
}

const isKept = (field: string) =>
  `has(variables.specBefore.${field}) && has(${spec}.${field}) && variables.specBefore.${field} == ${spec}.${field}`;

/** That the object has no fields but these. */
function only(object: string, fields: readonly string[]): string {
  return `${object}.all(field, field in ${literal(fields)})`;
}

/** That the object has no fields but these, and those that others have given it before. */
function onlyOrKept(object: string, fields: readonly string[], before: string): string {
  const kept = `field in ${before} && ${before}[field] == ${object}[field]`;
  return `${object}.all(field, ${some([`field in ${literal(fields)}`, kept])})`;
}
