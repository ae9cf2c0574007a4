import { objectNames } from "#contract";
import { hardenedContainerSecurity, hardenedPodSecurity } from "../../../runtime/shared/pod/security.ts";
import { refusal } from "../../support/edgeagent-token/outcomes.ts";
import { waitFor } from "../../support/wait-for.ts";
import type { Installation } from "../edge-agent/installation.ts";

/** The users and groups that the platform has for a namespace. */
export const range = { first: 1_000_650_000, size: 10_000 };

const rangeText = `${range.first}/${range.size}`;
const annotations = {
  "openshift.io/sa.scc.uid-range": rangeText,
  "openshift.io/sa.scc.supplemental-groups": rangeText,
};
const group = "/apis/admissionregistration.k8s.io/v1";
const lists = ["containers", "initContainers"] as const;
const rules = [{ apiGroups: [""], apiVersions: ["v1"], resources: ["pods"], operations: ["CREATE"] }];

const numberOf = (annotation: keyof typeof annotations, index: number) =>
  `int(namespaceObject.metadata.annotations["${annotation}"].split("/")[${index}])`;
const variables = [
  { name: "user", expression: numberOf("openshift.io/sa.scc.uid-range", 0) },
  { name: "users", expression: numberOf("openshift.io/sa.scc.uid-range", 1) },
  { name: "group", expression: numberOf("openshift.io/sa.scc.supplemental-groups", 0) },
  { name: "groups", expression: numberOf("openshift.io/sa.scc.supplemental-groups", 1) },
];
const isUser = (field: string) => `${field} >= variables.user && ${field} < variables.user + variables.users`;
const isGroup = (field: string) => `${field} >= variables.group && ${field} < variables.group + variables.groups`;
const each = (expression: string) =>
  lists.map((list) => `object.spec.?${list}.orValue([]).all(c, ${expression})`).join(" && ");

/** What OpenShift's `restricted-v2` asks of pods, as its documentation has it. */
const validations = [
  {
    expression: each(`c.?securityContext.?runAsUser.hasValue() && ${isUser("c.securityContext.runAsUser")}`),
    message: "runAsUser: must be in the ranges",
  },
  {
    expression: `!object.spec.?securityContext.?runAsUser.hasValue() || (${isUser("object.spec.securityContext.runAsUser")})`,
    message: "pod.runAsUser: must be in the ranges",
  },
  {
    expression: `object.spec.?securityContext.?fsGroup.hasValue() && ${isGroup("object.spec.securityContext.fsGroup")}`,
    message: "fsGroup: must be in the ranges",
  },
  {
    expression: each(`c.?securityContext.?capabilities.?drop.orValue([]).exists(name, name == "ALL")`),
    message: "capabilities.drop: ALL is required",
  },
  {
    expression: each("c.?securityContext.?allowPrivilegeEscalation.orValue(true) == false"),
    message: "allowPrivilegeEscalation: must be false",
  },
  {
    expression: each("c.?ports.orValue([]).all(p, p.?hostPort.orValue(0) == 0)"),
    message: "hostPort: not allowed",
  },
  {
    expression: ["hostNetwork", "hostPID", "hostIPC"]
      .map((field) => `!object.spec.?${field}.orValue(false)`)
      .join(" && "),
    message: "namespaces of the host: not allowed",
  },
  {
    expression: `object.spec.?securityContext.?seccompProfile.?type.orValue("") == "RuntimeDefault"`,
    message: "seccompProfile: must be RuntimeDefault",
  },
  {
    expression: "object.spec.?volumes.orValue([]).all(v, !has(v.hostPath))",
    message: "volumes: hostPath is not allowed",
  },
];

/** Gives users and groups to pods that name none. */
const mutations = lists.map((list) => ({
  patchType: "ApplyConfiguration",
  applyConfiguration: {
    expression: `Object{ spec: Object.spec{
      securityContext: Object.spec.securityContext{
        fsGroup: object.spec.?securityContext.?fsGroup.orValue(variables.group)
      },
      ${list}: object.spec.?${list}.orValue([]).map(c, Object.spec.${list}{
        name: c.name,
        securityContext: Object.spec.${list}.securityContext{
          runAsUser: c.?securityContext.?runAsUser.orValue(
            object.spec.?securityContext.?runAsUser.orValue(variables.user))
        }
      })
    } }`,
  },
}));

/** Puts it in the place of that platform's admission for a namespace. `remove` takes it back. */
export async function admitAsRestrictedV2({ namespace, call }: Installation): Promise<{ remove(): Promise<void> }> {
  // Of other policies' refusals, which could hold values, a client of this project tells no word.
  const name = `iotedge-restricted-v2-${namespace}`;
  const namespaceSelector = { matchLabels: { "kubernetes.io/metadata.name": namespace } };
  const matchConstraints = { resourceRules: rules, namespaceSelector, matchPolicy: "Equivalent" };
  const common = { matchConstraints, variables, failurePolicy: "Fail" };
  const made: readonly (readonly [string, object])[] = [
    ["mutatingadmissionpolicies", { ...common, mutations, reinvocationPolicy: "Never" }],
    ["validatingadmissionpolicies", { ...common, validations }],
    ["mutatingadmissionpolicybindings", { policyName: name }],
    ["validatingadmissionpolicybindings", { policyName: name, validationActions: ["Deny"] }],
  ];
  await call("patch", `/api/v1/namespaces/${namespace}`, { metadata: { annotations } });
  for (const [plural, spec] of made) await call("create", `${group}/${plural}`, { metadata: { name }, spec });
  const probe = (security: object) => {
    const container = { name: "c", image: "registry.example.com/any:1", securityContext: hardenedContainerSecurity };
    const spec = { serviceAccountName: objectNames.iotedged, containers: [container] };
    const securityContext = { ...hardenedPodSecurity, ...security };
    const pod = { metadata: { name: "probe" }, spec: { ...spec, securityContext } };
    return call("create", `/api/v1/namespaces/${namespace}/pods?dryRun=All`, pod);
  };
  await waitFor("the platform to refuse users", async () =>
    (await refusal(() => probe({ runAsUser: 1000 })))?.includes("must be in the ranges") ? true : undefined,
  );
  await waitFor("the platform to assign users", async () =>
    (await refusal(() => probe({}))) === undefined ? true : undefined,
  );
  return {
    remove: async () => {
      for (const [plural] of made.toReversed()) await call("delete", `${group}/${plural}/${name}`, {});
    },
  };
}

/** Whether the API server has the kind by which the platform's assignment is imitated: from Kubernetes 1.36 on. */
export async function canAssign({ call }: Installation): Promise<boolean> {
  const { resources } = (await call("get", group, {})) as { resources: readonly { readonly name: string }[] };
  return resources.some(({ name }) => name === "mutatingadmissionpolicies");
}
