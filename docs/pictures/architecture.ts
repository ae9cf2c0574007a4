import { tokenAudience } from "../../runtime/contract/audience.ts";
import { objectNames } from "../../runtime/contract/names.ts";
import {
  edgeAgentRules,
  iotedgedRules,
  jobRules,
  moduleJobRules,
  type PolicyRule,
  tokenReviewerRules,
} from "../../runtime/contract/permissions.ts";
import type { Picture } from "./drawing.ts";

/** A rule as the pictures say it, from the table that is granted. */
export function ruleText({ verbs, resources, resourceNames }: PolicyRule): string {
  return `${verbs.join(", ")} ${resources.join(", ")}${resourceNames === undefined ? "" : ` ${resourceNames.join(", ")}`}`;
}

const audience = tokenAudience({ namespace: "{namespace}", name: "{name}" });

/** Who talks to whom in an installation, who has which rights, and which boundaries there are. */
export const architecture: Picture = {
  width: 1000,
  height: 790,
  title: "The security architecture of an installation",
  description: [
    "Three boundaries: the workstation or pipeline that deploys, the control plane, and the namespace, which is one installation.",
    "In the namespace, a module calls its proxy by HTTP on localhost. The proxy calls iotedged by TLS with the pod's token.",
    "iotedged asks the API server by TokenReview whose token it is. EdgeAgent reads the deployment manifest and makes, by the API",
    "server, one ServiceAccount and one Deployment for each module; a module has no rights. iotedged alone mounts the Secrets with",
    "the workload CA and the identity key. Keys of roots stay in the stack's state.",
  ].join(" "),
  boundaries: [
    { x: 16, y: 16, width: 254, height: 250, title: "workstation or pipeline: who deploys" },
    { x: 16, y: 400, width: 254, height: 374, title: "control plane" },
    { x: 296, y: 16, width: 688, height: 758, title: "namespace: one installation" },
    { x: 312, y: 46, width: 310, height: 196, title: "pod of a module" },
  ],
  boxes: [
    {
      x: 32,
      y: 46,
      width: 222,
      height: 84,
      title: "edgectl, Pulumi",
      kind: "outside",
      lines: ["declares the installation, with the deployer's own rights"],
    },
    {
      x: 32,
      y: 146,
      width: 222,
      height: 104,
      title: "the stack's state",
      kind: "secret",
      lines: ["keys of the root CAs, which are nowhere else; of the workload CA; the identity key"],
    },
    {
      x: 32,
      y: 430,
      width: 222,
      height: 326,
      title: "API server",
      kind: "outside",
      lines: [
        "RBAC: says who may do what",
        "",
        "TokenReview: says whose token it is, for which audience, and of which pod",
        "",
        "admission policies: keep EdgeAgent's token to modules; away from keys, other accounts and nodes",
        "",
        "kubelet: puts tokens into pods, renews them, and ends them with the pod",
      ],
    },
    {
      x: 328,
      y: 76,
      width: 128,
      height: 148,
      title: "module",
      lines: ["any image", "", "no token", "no rights", "no key of others"],
    },
    {
      x: 484,
      y: 76,
      width: 122,
      height: 148,
      title: "proxy",
      lines: ["the pod's token for iotedged, and the trust bundle"],
    },
    {
      x: 668,
      y: 46,
      width: 300,
      height: 318,
      title: "iotedged",
      kind: "secret",
      lines: [
        `asks by TokenReview for ${audience}`,
        "signs, encrypts, issues certificates",
        "",
        "may in the cluster:",
        ...tokenReviewerRules.map(ruleText),
        "by default create subjectaccessreviews, too",
        "may in the namespace:",
        ...[...iotedgedRules, ...moduleJobRules].map(ruleText),
      ],
    },
    {
      x: 668,
      y: 420,
      width: 300,
      height: 286,
      title: "EdgeAgent",
      lines: [
        "a token for the API server, one for iotedged",
        "",
        "may in the cluster: nothing",
        "may in the namespace:",
        ...[...edgeAgentRules, ...jobRules].map(ruleText),
      ],
    },
    {
      x: 312,
      y: 420,
      width: 310,
      height: 112,
      title: "Secrets of the installation",
      kind: "secret",
      lines: [
        `${objectNames.workloadCa}: CA that issues certificates`,
        `${objectNames.identity}: modules' keys are made of it`,
        "mounted by iotedged alone; nobody here may read them by the API",
      ],
    },
    {
      x: 312,
      y: 570,
      width: 310,
      height: 82,
      title: `ConfigMap ${objectNames.deployment}`,
      lines: ["which modules there are; judged by the installation's policy"],
    },
  ],
  arrows: [
    {
      number: 1,
      points: [
        [456, 150],
        [482, 150],
      ],
    },
    {
      number: 2,
      points: [
        [606, 150],
        [666, 150],
      ],
    },
    {
      number: 3,
      points: [
        [668, 330],
        [283, 330],
        [283, 470],
        [256, 470],
      ],
    },
    {
      number: 4,
      points: [
        [622, 611],
        [666, 611],
      ],
    },
    {
      number: 5,
      points: [
        [668, 690],
        [256, 690],
      ],
    },
    {
      number: 6,
      points: [
        [820, 420],
        [820, 366],
      ],
    },
    {
      number: 7,
      points: [
        [622, 440],
        [645, 440],
        [645, 392],
        [710, 392],
        [710, 366],
      ],
    },
    {
      number: 8,
      points: [
        [143, 266],
        [143, 398],
      ],
    },
  ],
};
