import { labels, type ModuleSettings } from "#contract";
import {
  freeNodeLabels,
  freeTopologyKeys,
  lostNodeTaints,
  modulePodLabel,
  nodeNameLabel,
  runtimePods,
} from "#manifest";
import { eachOf, every, ifPresent, literal, present, some, without } from "./cel.ts";
import type { Rule } from "./rule.ts";

const pod = "variables.pod";
const required = "requiredDuringSchedulingIgnoredDuringExecution";
const preferred = "preferredDuringSchedulingIgnoredDuringExecution";

/** Where a pod may run, and before whom: as the installation's policy has it, for what EdgeAgent reads of a manifest, too. */
export function placementRules(settings: ModuleSettings): readonly Rule[] {
  return [
    {
      expression: priority(settings),
      message: "a module has only the PriorityClasses that edgeAgent.policy.priorityClasses allows",
    },
    {
      expression: tolerations(settings),
      message: "a module tolerates only the taints that edgeAgent.policy.tolerations and lostNode name",
    },
    {
      expression: nodes(settings),
      message: "a module chooses nodes only by the labels that edgeAgent.policy.nodeLabels allows",
    },
    {
      expression: topologies(settings),
      message:
        "a module's pods are spread and kept together only by hostname, zone, region, and labels that edgeAgent.policy.nodeLabels allows",
    },
    {
      expression: every(["podAffinity", "podAntiAffinity"].map(podTerms)),
      message: "a module's affinity means modules of its own namespace, and no other pods",
    },
  ];
}

function priority({ policy: { priorityClasses = [] } }: ModuleSettings): string {
  if (priorityClasses.length === 0) return without(pod, ["priorityClassName", "priority"]);
  const name = `${pod}.priorityClassName`;
  return every([ifPresent(name, `${name} in ${literal(priorityClasses)}`), without(pod, ["priority"])]);
}

function tolerations({ policy, lostNode }: ModuleSettings): string {
  const key = "toleration.key";
  const listed = present(key, `${key} in ${literal(policy.tolerations ?? [])}`);
  if (lostNode === undefined) return eachOf(`${pod}.tolerations`, "toleration", listed);
  const seconds = "toleration.tolerationSeconds";
  const asSettled = `${seconds} == ${lostNode.seconds}`;
  const ofLostNode = every([
    present(key, `${key} in ${literal(lostNodeTaints)}`),
    present("toleration.effect", 'toleration.effect == "NoExecute"'),
    lostNode.withVolume === "stay" ? ifPresent(seconds, asSettled) : present(seconds, asSettled),
  ]);
  return eachOf(`${pod}.tolerations`, "toleration", some([listed, ofLostNode]));
}

function nodes({ policy: { nodeLabels = [] } }: ModuleSettings): string {
  const open = literal([...freeNodeLabels, ...nodeLabels]);
  const byName = nodeLabels.includes(nodeNameLabel);
  const term = (one: string) =>
    every([
      eachOf(`${one}.matchExpressions`, "requirement", `requirement.key in ${open}`),
      ...(byName ? [] : [eachOf(`${one}.matchFields`, "requirement", "false")]),
    ]);
  const affinity = `${pod}.affinity.nodeAffinity`;
  return every([
    ifPresent(`${pod}.nodeSelector`, `${pod}.nodeSelector.all(key, key in ${open})`),
    ifPresent(
      `${pod}.affinity`,
      ifPresent(
        affinity,
        every([
          ifPresent(`${affinity}.${required}`, `${affinity}.${required}.nodeSelectorTerms.all(term, ${term("term")})`),
          eachOf(`${affinity}.${preferred}`, "preference", term("preference.preference")),
        ]),
      ),
    ),
  ]);
}

/** Only nodes that have the label are in the topology: its key alone chooses them. */
function topologies({ policy: { nodeLabels = [] } }: ModuleSettings): string {
  const open = literal([...freeTopologyKeys, ...freeNodeLabels, ...nodeLabels]);
  const isOpen = (one: string) => `${one}.topologyKey in ${open}`;
  const terms = ["podAffinity", "podAntiAffinity"].map((kind) => {
    const affinity = `${pod}.affinity.${kind}`;
    const both = [
      eachOf(`${affinity}.${required}`, "term", isOpen("term")),
      eachOf(`${affinity}.${preferred}`, "weighted", isOpen("weighted.podAffinityTerm")),
    ];
    return ifPresent(affinity, every(both));
  });
  return every([
    eachOf(`${pod}.topologySpreadConstraints`, "constraint", isOpen("constraint")),
    ifPresent(`${pod}.affinity`, every(terms)),
  ]);
}

/** What stays away from pods keeps these away from its node, also those that are not the module's to keep away. */
function podTerms(kind: string): string {
  const affinity = `${pod}.affinity.${kind}`;
  return ifPresent(
    `${pod}.affinity`,
    ifPresent(
      affinity,
      every([
        eachOf(`${affinity}.${required}`, "term", podTerm("term")),
        eachOf(`${affinity}.${preferred}`, "weighted", podTerm("weighted.podAffinityTerm")),
      ]),
    ),
  );
}

function podTerm(term: string): string {
  const selector = `${term}.labelSelector`;
  const isRuntime = (value: string) => `${value} in ${literal(runtimePods)}`;
  const named = `${literal(labels.module)} in ${selector}.matchLabels`;
  const any = `${literal(modulePodLabel.key)} in ${selector}.matchLabels`;
  const value = (key: string) => `${selector}.matchLabels[${literal(key)}]`;
  return every([
    without(term, ["namespaces", "namespaceSelector", "matchLabelKeys", "mismatchLabelKeys"]),
    present(
      selector,
      some([
        present(
          `${selector}.matchLabels`,
          some([
            every([named, `!(${isRuntime(value(labels.module))})`]),
            every([any, `${value(modulePodLabel.key)} == ${literal(modulePodLabel.value)}`]),
          ]),
        ),
        present(
          `${selector}.matchExpressions`,
          `${selector}.matchExpressions.exists(requirement, ${every([
            'requirement.operator == "In"',
            some([
              every([
                `requirement.key == ${literal(labels.module)}`,
                `requirement.values.all(value, !(${isRuntime("value")}))`,
              ]),
              every([
                `requirement.key == ${literal(modulePodLabel.key)}`,
                `requirement.values.all(value, value == ${literal(modulePodLabel.value)})`,
              ]),
            ]),
          ])})`,
        ),
      ]),
    ),
  ]);
}
