import { on, type PermissionRule, write } from "../../rule.ts";

const docs = "https://tekton.dev/docs/";

/** Pods that Tekton makes, and what runs in them. */
export const tektonRules: readonly PermissionRule[] = [
  {
    id: "tekton-runs-write",
    pack: "Tekton",
    title: "writing TaskRuns and PipelineRuns",
    severity: "critical",
    namespaced: "medium",
    why: "A run is a pod with images and commands of the holder's choice, as any ServiceAccount of the namespace and with its Secrets.",
    source: `${docs}pipelines/auth/`,
    fix: "Let triggers start runs of reviewed pipelines, and keep powerful ServiceAccounts in other namespaces.",
    cis: ["5.1.4"],
    mitre: ["T1610", "T1053.007"],
    leadsTo: "accounts",
    grants: [on("tekton.dev", ["taskruns", "pipelineruns", "customruns"], write)],
  },
  {
    id: "tekton-definitions-write",
    pack: "Tekton",
    title: "writing Tasks and Pipelines",
    severity: "high",
    namespaced: "medium",
    why: "Whoever runs the definition next runs what it says, with the ServiceAccount of the run.",
    source: `${docs}pipelines/tasks/`,
    fix: "Leave definitions to the deployment pipeline, or have them verified by trusted resources.",
    mitre: ["T1525", "T1610"],
    grants: [on("tekton.dev", ["tasks", "pipelines", "stepactions", "clustertasks"], write)],
  },
  {
    id: "tekton-triggers-write",
    pack: "Tekton",
    title: "writing triggers of Tekton",
    severity: "high",
    namespaced: "medium",
    why: "A request from outside then starts runs of the holder's choice, with the ServiceAccount of the listener.",
    source: `${docs}triggers/eventlisteners/`,
    fix: "Leave triggers to the deployment pipeline, and give the listener few rights.",
    mitre: ["T1053.007"],
    grants: [
      on(
        "triggers.tekton.dev",
        [
          "eventlisteners",
          "triggers",
          "triggertemplates",
          "triggerbindings",
          "clustertriggerbindings",
          "interceptors",
          "clusterinterceptors",
        ],
        write,
      ),
    ],
  },
];
