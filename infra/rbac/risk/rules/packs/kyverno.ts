import { on, type PermissionRule, remove, write } from "../../rule.ts";

const policies = "policies.kyverno.io";

/** What Kyverno admits, changes, makes and deletes. */
export const kyvernoRules: readonly PermissionRule[] = [
  {
    id: "kyverno-policies-write",
    pack: "Kyverno",
    title: "changing policies of Kyverno",
    severity: "high",
    namespaced: "medium",
    why: "Guards can be switched off; policies that mutate or generate write objects of others with Kyverno's own rights.",
    source: "https://kyverno.io/docs/installation/customization/#role-based-access-controls",
    fix: "Leave policies to the administrators.",
    mitre: ["T1562.001"],
    grants: [
      on("kyverno.io", ["clusterpolicies", "policies"], [...write, ...remove]),
      on(
        policies,
        [
          "validatingpolicies",
          "mutatingpolicies",
          "generatingpolicies",
          "imagevalidatingpolicies",
          "namespacedvalidatingpolicies",
          "namespacedmutatingpolicies",
          "namespacedgeneratingpolicies",
          "namespacedimagevalidatingpolicies",
        ],
        [...write, ...remove],
      ),
    ],
  },
  {
    id: "kyverno-exceptions-write",
    pack: "Kyverno",
    title: "writing exceptions from policies of Kyverno",
    severity: "high",
    namespaced: "medium",
    why: "An exception lets objects past a policy, in the namespaces where Kyverno heeds exceptions also those of others.",
    source: "https://kyverno.io/docs/exceptions/",
    fix: "Let Kyverno heed exceptions of one namespace, and leave that to the administrators.",
    mitre: ["T1562.001"],
    grants: [on("kyverno.io", ["policyexceptions"], write), on(policies, ["policyexceptions"], write)],
  },
  {
    id: "kyverno-cleanup-write",
    pack: "Kyverno",
    title: "writing cleanup policies of Kyverno",
    severity: "high",
    namespaced: "medium",
    why: "Kyverno deletes what they select, with its own rights and by a schedule.",
    source: "https://kyverno.io/docs/policy-types/cleanup-policy/",
    fix: "Leave them to the administrators, and give the cleanup controller few rights.",
    mitre: ["T1485", "T1053.007"],
    grants: [
      on("kyverno.io", ["cleanuppolicies", "clustercleanuppolicies"], write),
      on(policies, ["deletingpolicies", "namespaceddeletingpolicies"], write),
    ],
  },
];
