import { annotations, fieldManagers, labels, moduleLabels, moduleSelector, objectNames } from "#contract";
import { eachOf, every, ifPresent, literal, present, some, without } from "./cel.ts";
import { balancerPortRule, nodePortRule } from "./host-port-rules.ts";
import { ownershipRules } from "./ownership-rules.ts";
import { type Guarded, type GuardedResource, of, type Rule, takenNames } from "./rule.ts";
import { writtenFieldRules } from "./written-fields.ts";

/** Kinds of objects that belong to one module and have its name. */
const namesakes: readonly GuardedResource[] = ["deployments", "jobs", "serviceaccounts"];
/** Those, and the Services, by any of its names. */
const moduleKinds: readonly GuardedResource[] = [...namesakes, "services"];
/** Annotations of what EdgeAgent makes. */
const ownAnnotations = [
  ...[annotations.moduleId, annotations.desiredHash, annotations.configHash],
  ...[annotations.serverNames, annotations.serviceNames],
];

const subject = "variables.subject";
const isDeletion = 'request.operation == "DELETE"';

/** What EdgeAgent may make of objects as such, their pods apart. */
export function objectRules(guarded: Guarded): readonly Rule[] {
  const { id, settings } = guarded;
  const owner = { [labels.instance]: id.name, [labels.managedBy]: fieldManagers.edgeAgent };
  return [
    {
      expression: of(
        moduleKinds,
        every([`!(${subject}.metadata.name in ${literal(takenNames)})`, some([isDeletion, namesNoDaemon])]),
      ),
      message: "what is called iotedged, edgeagent or default is not a module's",
    },
    {
      expression: every([
        of(
          namesakes,
          some([isDeletion, "variables.isPuller", hasLabels("variables.labels", moduleLabels(id.name, ""))]),
        ),
        of(["services"], some([isDeletion, hasLabels("variables.labels", ofAnyModule(moduleLabels(id.name, "")))])),
        of(["persistentvolumeclaims", "secrets"], some([isDeletion, hasLabels("variables.labels", owner)])),
      ]),
      message: "what EdgeAgent writes has the labels of its installation, and of the module whose name it has",
    },
    {
      expression: some([
        'request.operation == "CREATE"',
        every([
          of(
            namesakes,
            some([
              every(["variables.isPuller", hasLabels(labelsOfOld, owner)]),
              hasLabels(labelsOfOld, { ...owner, [labels.module]: "" }),
            ]),
          ),
          of(["services"], hasLabels(labelsOfOld, ofAnyModule(owner))),
          of(["persistentvolumeclaims", "secrets"], hasLabels(labelsOfOld, owner)),
        ]),
      ]),
      message: "EdgeAgent changes and deletes only what it has made",
    },
    {
      expression: some([
        isDeletion,
        `variables.annotations.all(key, ${some([
          `key in ${literal(ownAnnotations)}`,
          isKept("variables.annotationsBefore", "variables.annotations"),
        ])})`,
      ]),
      message: "EdgeAgent adds no annotations but its own to Services, ServiceAccounts, claims and workloads",
    },
    ...ownershipRules(guarded),
    ...serviceAccountRules(),
    ...serviceRules(id.name),
    balancerPortRule(settings.modules),
    nodePortRule(settings.modules),
    ...claimRules(),
    secretRule(),
    {
      expression: of(
        ["deployments"],
        some([
          isDeletion,
          "variables.isPuller",
          every([
            `dyn(object).spec.selector.matchLabels == ${selectorOf(id.name, `${subject}.metadata.name`)}`,
            "!has(dyn(object).spec.selector.matchExpressions)",
          ]),
        ]),
      ),
      message: "a module's Deployment selects the module's pods",
    },
    {
      expression: of(
        ["jobs"],
        some([isDeletion, ifPresent("dyn(object).spec.manualSelector", "!dyn(object).spec.manualSelector")]),
      ),
      message: "a module's Job selects its own pods",
    },
    ...writtenFieldRules(),
  ];
}

const ofModule = `variables.labels[${literal(labels.module)}]`;
/** A Service is found by what its label says, whatever it is called. */
const namesNoDaemon = `!(${literal(labels.module)} in variables.labels) || !(${ofModule} in ${literal(takenNames)})`;

const labelsOfOld = "(has(oldObject.metadata.labels) ? oldObject.metadata.labels : {})";

/** The labels, with that of the module whatever it says. */
function ofAnyModule({ [labels.module]: _, ...rest }: Readonly<Record<string, string>>) {
  return { ...rest, [labels.module]: anyModule };
}

const anyModule = "*";

/** Whether the map has these labels; that of the module has the object's name as its value, or any. */
function hasLabels(map: string, wanted: Readonly<Record<string, string>>): string {
  return every(
    Object.entries(wanted).map(([key, value]) => {
      if (value === anyModule) return `${literal(key)} in ${map}`;
      const expected = key === labels.module ? `${subject}.metadata.name` : literal(value);
      return `${literal(key)} in ${map} && ${map}[${literal(key)}] == ${expected}`;
    }),
  );
}

/** Whether `key` had its value before. */
export function isKept(before: string, now: string): string {
  return `key in ${before} && ${before}[key] == ${now}[key]`;
}

/** @param module the module's name, as an expression */
function selectorOf(installation: string, module: string): string {
  const entries = Object.entries(moduleSelector(installation, "")).map(
    ([key, value]) => `${literal(key)}: ${key === labels.module ? `string(${module})` : literal(value)}`,
  );
  return `{${entries.join(", ")}}`;
}

function serviceAccountRules(): readonly Rule[] {
  const object = "dyn(object)";
  const isSame = (field: string) =>
    some([
      `!has(${object}.${field})`,
      `variables.isChange && has(dyn(oldObject).${field}) && dyn(oldObject).${field} == ${object}.${field}`,
    ]);
  return [
    {
      expression: of(
        ["serviceaccounts"],
        some([
          isDeletion,
          every([
            present(`${object}.automountServiceAccountToken`, `!${object}.automountServiceAccountToken`),
            isSame("secrets"),
            isSame("imagePullSecrets"),
          ]),
        ]),
      ),
      message: "a module's ServiceAccount names no Secret, and its pods get no token of the API server",
    },
  ];
}

function serviceRules(installation: string): readonly Rule[] {
  const spec = "dyn(object).spec";
  // A module that has further names is found by its label.
  return [
    {
      expression: of(
        ["services"],
        some([isDeletion, present(`${spec}.selector`, `${spec}.selector == ${selectorOf(installation, ofModule)}`)]),
      ),
      message: "a module's Service selects the module's pods",
    },
    {
      expression: of(
        ["services"],
        some([
          isDeletion,
          every([
            eachOf(`${spec}.externalIPs`, "address", "false"),
            ifPresent(`${spec}.type`, `${spec}.type in ${literal(["ClusterIP", "NodePort", "LoadBalancer"])}`),
            without(spec, ["externalName"]),
          ]),
        ]),
      ),
      message: "a module's Service takes no external addresses, and is no other name of something else",
    },
  ];
}

function claimRules(): readonly Rule[] {
  const spec = "dyn(object).spec";
  const before = "variables.specBefore";
  // Of a claim that is there, all but the size is for its storage driver and for those who look after volumes.
  const isSame = every([
    `${before}.all(field, field == "resources" || field in ${spec})`,
    `${spec}.all(field, field == "resources" || (field in ${before} && ${before}[field] == ${spec}[field]))`,
  ]);
  return [
    {
      expression: of(
        ["persistentvolumeclaims"],
        `${isDeletion} || (variables.isChange ? ${isSame} : ${without(spec, [
          ...["volumeName", "selector", "dataSource", "dataSourceRef"],
        ])})`,
      ),
      message: "a module's claim chooses no volume and copies none, and later grows at most",
    },
  ];
}

/** A Secret of another type would be filled with a token of whichever ServiceAccount it names. */
function secretRule(): Rule {
  return {
    expression: of(
      ["secrets"],
      every([
        `${subject}.metadata.name == ${literal(objectNames.registryCredentials)}`,
        some([isDeletion, 'dyn(object).type == "kubernetes.io/dockerconfigjson"']),
      ]),
    ),
    message: "EdgeAgent writes no Secret but the one with registry credentials",
  };
}
