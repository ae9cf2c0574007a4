import { on, type PermissionRule, remove, write } from "../../rule.ts";

const docs = "https://open-policy-agent.github.io/gatekeeper/website/docs/";

/** What Gatekeeper admits and changes. */
export const gatekeeperRules: readonly PermissionRule[] = [
  {
    id: "gatekeeper-constraints-write",
    pack: "Gatekeeper",
    title: "changing constraints of Gatekeeper",
    severity: "high",
    why: "Without its template or constraint nothing is refused any more; deleting a template deletes its constraints.",
    source: `${docs}constrainttemplates/`,
    fix: "Leave templates and constraints to the administrators.",
    mitre: ["T1562.001"],
    grants: [
      on("templates.gatekeeper.sh", ["constrainttemplates"], [...write, ...remove]),
      on("constraints.gatekeeper.sh", ["*"], [...write, ...remove]),
    ],
  },
  {
    id: "gatekeeper-config-write",
    pack: "Gatekeeper",
    title: "changing what Gatekeeper leaves out",
    severity: "high",
    sensitiveNamespaces: ["gatekeeper-system"],
    why: "The object 'config' in Gatekeeper's namespace exempts namespaces from all constraints.",
    source: `${docs}exempt-namespaces/`,
    fix: "Leave it to the administrators.",
    mitre: ["T1562.001"],
    sensitiveNames: ["config"],
    grants: [on("config.gatekeeper.sh", ["configs"], [...write, ...remove])],
  },
  {
    id: "gatekeeper-mutations-write",
    pack: "Gatekeeper",
    title: "changing mutations and providers of Gatekeeper",
    severity: "high",
    why: "Mutators change objects of others as they are created, such as images of pods; providers are asked about them.",
    source: `${docs}mutation/`,
    fix: "Leave mutators and providers to the administrators.",
    mitre: ["T1610", "T1562"],
    grants: [
      on("mutations.gatekeeper.sh", ["assign", "assignmetadata", "assignimage", "modifyset"], [...write, ...remove]),
      on("externaldata.gatekeeper.sh", ["providers"], [...write, ...remove]),
    ],
  },
];
